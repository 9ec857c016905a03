// What pools are asked to do, and what both sides know by name.
'use strict';

// Work that every language does alike: `count` steps of integers.
function spin(count) {
  let s = 0;
  for (let i = 1; i <= count; i++) s = (s * 31 + i) % 65521;
  return s;
}

module.exports = { square: (x) => x * x, echo: (text) => text, spin };
