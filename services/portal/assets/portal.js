// Comfort only; every page works without it.
(() => {
  // The list of municipalities narrows while the name is typed.
  const field = document.getElementById('q');
  const lines = [...document.querySelectorAll('.municipalities li')];
  if (field && lines.length > 0) {
    const found = document.getElementById('found');
    const narrow = () => {
      const term = field.value.trim().toLowerCase();
      let count = 0;
      for (const line of lines) {
        line.hidden = !line.dataset.name.includes(term);
        if (!line.hidden) count += 1;
      }
      for (const region of document.querySelectorAll('.region')) {
        region.hidden = !region.querySelector('li:not([hidden])');
      }
      found.textContent = term ? `${count} / ${lines.length}` : '';
    };
    field.addEventListener('input', narrow);
  }

  // Paper cannot be unfolded.
  addEventListener('beforeprint', () => {
    for (const folded of document.querySelectorAll('details')) folded.open = true;
  });
})();
