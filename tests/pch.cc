// The precompiled header needs one translation unit to live in.
