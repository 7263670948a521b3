// node browser_check.mjs CHROMIUM ORIGIN FOLDER: opens the pages in a real browser as people do, and prints one line
// for each thing that is not as it should be ("ok" when all is). Screenshots are left in FOLDER.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [chromium, origin, folder] = process.argv.slice(2);
const profile = mkdtempSync(join(folder, 'profile-'));
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'];
const browser = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const deadline = setTimeout(() => { console.log('the browser did not finish in time'); finish(1); }, 120_000);

// The DevTools protocol over a pipe: messages of JSON ended by NUL.
let pending = '';
let lastId = 0;
const answers = new Map();
const events = [];
browser.stdio[4].on('data', (bytes) => {
  pending += bytes.toString('utf8');
  for (let end = pending.indexOf('\0'); end >= 0; end = pending.indexOf('\0')) {
    const message = JSON.parse(pending.slice(0, end));
    pending = pending.slice(end + 1);
    if (message.id) answers.get(message.id)?.(message);
    for (const waiting of message.id ? [] : [...events]) waiting(message);
  }
});
const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
  const id = ++lastId;
  answers.set(id, (answer) => (answer.error ? reject(new Error(`${method}: ${answer.error.message}`)) : resolve(answer.result)));
  browser.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
});
const once = (method) => new Promise((resolve) => {
  const waiting = (message) => {
    if (message.method !== method) return;
    events.splice(events.indexOf(waiting), 1);
    resolve(message.params);
  };
  events.push(waiting);
});
function finish(code) {
  clearTimeout(deadline);
  browser.once('exit', () => {
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    process.exit(code);
  });
  // Asked to close, the browser ends its children too; they would go on writing to the profile.
  send('Browser.close').catch(() => browser.kill('SIGKILL'));
  setTimeout(() => browser.kill('SIGKILL'), 5000).unref();
}

const faults = [];
const expect = (truth, fault) => { if (!truth) faults.push(fault); };

const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
const { sessionId: page } = await send('Target.attachToTarget', { targetId, flatten: true });
const tell = (method, params) => send(method, params, page);
const evaluate = async (expression) => {
  const { result, exceptionDetails } = await tell('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};
const open = async (path, width, { dark = false } = {}) => {
  await tell('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 });
  await tell('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
  const loaded = once('Page.loadEventFired');
  await tell('Page.navigate', { url: origin + path });
  await loaded;
};
// The whole page, in pieces an eye can take in.
const shoot = async (name) => {
  const { cssContentSize: page } = await tell('Page.getLayoutMetrics');
  for (let y = 0, part = 1; y < page.height; y += 1600, ++part) {
    const clip = { x: 0, y, width: page.width, height: Math.min(1600, page.height - y), scale: 1 };
    const { data } = await tell('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
    writeFileSync(join(folder, `${name}-${part}.png`), Buffer.from(data, 'base64'));
  }
};
const press = async (key, code, windowsVirtualKeyCode, text = undefined) => {
  await tell('Input.dispatchKeyEvent', { type: 'keyDown', key, code, windowsVirtualKeyCode, text });
  await tell('Input.dispatchKeyEvent', { type: 'keyUp', key, code, windowsVirtualKeyCode });
};

// Everything a reader must be able to read: contrast of each text with what lies behind it (WCAG 2.2 AA, 1.4.3).
const lowContrast = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => { for (let n = node; n; n = n.parentElement) { const c = rgb(getComputedStyle(n).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const owner = text.parentElement;
    if (!text.data.trim() || ['SCRIPT', 'TITLE', 'OPTION', 'title', 'desc'].includes(owner.tagName) || owner.closest('.sr')) continue;
    const style = getComputedStyle(owner);
    const a = light(rgb(owner.closest('svg') ? style.fill : style.color));
    const b = light(behind(owner));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push(ratio.toFixed(2) + ' "' + text.data.trim().slice(0, 40) + '"');
  }
  return bad;
})()`;

const structure = `(() => {
  const faults = [];
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) faults.push('an id stands twice');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not exactly one h1');
  let level = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) faults.push('heading level jumps at "' + h.textContent + '"');
    level = now;
  }
  for (const th of document.querySelectorAll('th')) if (!['row', 'col'].includes(th.scope)) faults.push('th without scope');
  for (const e of document.querySelectorAll('[aria-labelledby]')) {
    for (const id of e.getAttribute('aria-labelledby').split(' ')) if (!document.getElementById(id)) faults.push('aria-labelledby names nothing: ' + id);
  }
  for (const f of document.querySelectorAll('input:not([type=hidden]),select')) if (f.labels.length === 0) faults.push('a field without label');
  for (const s of document.querySelectorAll('svg')) if (s.getAttribute('aria-hidden') !== 'true' && s.getAttribute('role') !== 'img') faults.push('an svg neither hidden nor an image');
  for (const a of document.querySelectorAll('a')) if (!a.textContent.trim()) faults.push('a link without text');
  if (document.querySelector('[style]')) faults.push('an inline style');
  return faults;
})()`;

// What is too wide or too small for a finger on a narrow screen.
const narrow = `(() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll, .sr'));
    faults.push('scrolls sideways: ' + document.documentElement.scrollWidth + ' > ' + width + ' ' + wide.slice(0, 3).map((e) => e.tagName + '.' + e.className));
  }
  for (const e of document.querySelectorAll('a, button, select, summary, input:not([type=hidden])')) {
    const box = e.getBoundingClientRect();
    if (box.height > 0 && !e.closest('p') && !e.classList.contains('skip') && box.height < 24) faults.push('too low to hit: ' + e.textContent.slice(0, 30));
  }
  return faults;
})()`;

async function checkPages() {
  const pages = [['country', '/?lang=da'], ['municipality', '/municipality/0751?lang=da'], ['municipality-en', '/municipality/0751?lang=en'],
    ['quarter', '/municipality/0751?lang=da&period=2025-Q3'], ['never', '/municipality/0461?lang=da'], ['missing', '/municipality/9999?lang=en']];
  for (const [name, path] of pages) {
    for (const width of [320, 360, 1280]) {
      await open(path, width);
      for (const fault of await evaluate(narrow)) faults.push(`${name} at ${width}: ${fault}`);
      if (width !== 320) await shoot(`${name}-${width}`);
    }
    for (const fault of await evaluate(structure)) faults.push(`${name}: ${fault}`);
    for (const fault of await evaluate(lowContrast)) faults.push(`${name}: low contrast ${fault}`);
    await open(path, 1280, { dark: true });
    for (const fault of await evaluate(lowContrast)) faults.push(`${name}, dark: low contrast ${fault}`);
    if (name === 'municipality' || name === 'country') await shoot(`${name}-dark`);
  }
}

async function checkKeyboard() {
  await open('/municipality/0751?lang=da', 1280);
  const stops = [];
  for (let i = 0; i < 60; ++i) {
    await press('Tab', 'Tab', 9);
    const stop = await evaluate(`(() => { const e = document.activeElement; if (!e || e === document.body) return null;
      const style = getComputedStyle(e); e.scrollIntoView({ block: 'nearest' });
      return { what: e.tagName + ' ' + (e.id || e.textContent.trim().slice(0, 30)), top: Math.round(e.getBoundingClientRect().top + scrollY),
               left: Math.round(e.getBoundingClientRect().left), visible: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, skip: e.className === 'skip' }; })()`);
    if (!stop) break;
    stops.push(stop);
  }
  expect(stops.length > 10, `only ${stops.length} places can be reached with the Tab key`);
  expect(stops[0]?.skip, `the first stop is not the skip link but ${stops[0]?.what}`);
  for (const stop of stops) expect(stop.visible, `focus cannot be seen on ${stop.what}`);
  for (let i = 2; i < stops.length; ++i) {
    expect(stops[i].top >= stops[i - 1].top - 60, `the Tab key jumps up from ${stops[i - 1].what} to ${stops[i].what}`);
  }
  await open('/municipality/0751?lang=da', 1280);
  await press('Tab', 'Tab', 9);
  await press('Enter', 'Enter', 13, '\r');
  expect(await evaluate(`document.activeElement.id === 'main'`), 'the skip link does not lead to the content');
}

async function checkUse() {
  await open('/municipality/0751?lang=da', 1280);
  const shown = once('Page.loadEventFired');
  await evaluate(`(() => { const s = document.getElementById('period'); s.value = '2024-H1'; s.form.requestSubmit(); })()`);
  await shown;
  expect(await evaluate(`document.querySelector('h2').textContent.includes('1. halvår 2024')`), 'choosing a period does not show it');
  await open('/?lang=da', 1280);
  await evaluate(`(() => { const q = document.getElementById('q'); q.value = 'ÆRØ'; q.dispatchEvent(new Event('input')); })()`);
  expect(await evaluate(`[...document.querySelectorAll('.municipalities li')].filter((e) => e.checkVisibility()).map((e) => e.querySelector('.name').textContent).join() === 'Ærø'`),
    'typing a name does not narrow the list to it');
  await tell('Emulation.setScriptExecutionDisabled', { value: true });
  await open('/?lang=da&q=%C3%A6r%C3%B8', 1280);
  await tell('Emulation.setScriptExecutionDisabled', { value: false });
  expect(await evaluate(`document.querySelectorAll('.municipalities li').length === 1`), 'the search does not work without script');
}

try {
  await tell('Page.enable');
  await tell('Runtime.enable');
  await tell('Log.enable');
  events.push((message) => {
    if (message.method !== 'Log.entryAdded') return;
    const { level, text, url } = message.params.entry;
    // A page that is not there is asked for on purpose; anything else (above all the content policy) is a fault.
    if (level === 'error' && !(text.includes('404') && url.includes('9999'))) faults.push(`the browser complains: ${text}`);
  });
  await checkPages();
  await checkKeyboard();
  await checkUse();
} catch (error) {
  faults.push(`broke off: ${error.message}`);
}
console.log(faults.length ? [...new Set(faults)].join('\n') : 'ok');
finish(faults.length ? 1 : 0);
