/* Review in the page: marks on paragraphs, tables and numbers, remembered by the browser and saved to a file.
   Plain ES2019, offline. What stands in the page or in a file is data: it is written as text, never as markup. */
(function () {
'use strict';
var source = document.getElementById('kontroll');
if (!source) { return; }
var page = JSON.parse(source.textContent);
/* What is not told of an item or a number is nothing: no marks, no messages, no numbers, no change. */
[page.items, page.facts].forEach(function (known) {
  Object.keys(known).forEach(function (x) {
    known[x] = Object.assign({ changed: false, facts: [], marks: [], messages: [] }, known[x]);
  });
});
var words = page.words;
var KEY = 'revisjonsbok:' + page.audit;
var FORMAT = '1';
var TYPE = 'revisjonsbok-kontroll';
var ROLES = ['utøvende', 'kvalitetssikrer', 'oppdragsansvarlig'];
var MARKS = ['lest', 'kilde', 'merknad', 'sporsmal'];
var APPROVALS = ['lest', 'kilde'];
var REMARKS = ['merknad', 'sporsmal'];
var ICONS = { lest: ['○', '✓'], kilde: ['○', '✓✓'], merknad: ['✎', '✎'], sporsmal: ['?', '?'] };
var GROUPS = {
  avsnitt: 'paragraphs', utsagn: 'paragraphs', kriterium: 'paragraphs', tabell: 'tables', figur: 'tables',
  vurdering: 'assessments', anbefaling: 'assessments'
};
var MAX_TEXT = 4000;
var MAX_FILE = 5000000;
var MAX_MARKS = 10000;
var DRAW = 10;

/* ---- the page's items, in reading order; the same content in two places is one item ---- */
var main = document.querySelector('main');
var elements = {};
var order = [];
Array.prototype.forEach.call(main.querySelectorAll('[data-x]'), function (element) {
  var x = element.dataset.x;
  if (!page.items[x]) { return; }
  if (!elements[x]) { elements[x] = []; order.push(x); }
  elements[x].push(element);
});
var factByHash = {};
Object.keys(page.facts).forEach(function (id) { factByHash[page.facts[id].x] = id; });

function say(key, values) {
  return words[key].replace(/\{(\w+)\}/g, function (_, name) { return String(values[name]); });
}
function node(tag, attributes, text) {
  var made = document.createElement(tag);
  Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
  if (text !== undefined) { made.textContent = text; }
  return made;
}
function two(number) { return (number < 10 ? '0' : '') + number; }
function today() {
  var now = new Date();
  return now.getFullYear() + '-' + two(now.getMonth() + 1) + '-' + two(now.getDate());
}
function moment() {
  var now = new Date();
  return today() + 'T' + two(now.getHours()) + ':' + two(now.getMinutes());
}

/* ---- what the reviewer has marked ---- */
var state = { role: 'kvalitetssikrer', name: '', keys: true, drawn: [], marks: {}, saved: '', dirty: false };
var remembers = true;

function soundMark(one) {
  return Boolean(one) && typeof one === 'object' && /^[0-9a-f]{16}$/.test(one.x) && MARKS.indexOf(one.mark) >= 0 &&
    typeof one.text === 'string' && one.text.length <= MAX_TEXT && typeof one.date === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(one.date) && typeof one.kind === 'string' && one.kind.length <= 20 &&
    typeof one.about === 'string' && one.about.length <= 200;
}
function allMarks() {
  return Object.keys(state.marks).reduce(function (found, x) { return found.concat(state.marks[x]); }, []);
}
function own(x, mark) {
  return (state.marks[x] || []).find(function (one) { return one.mark === mark; });
}
/* Approvals already in the journal, given in the role now chosen. */
function standing(x, mark) {
  var known = page.items[x] || page.facts[factByHash[x]];
  return known && known.marks.find(function (one) { return one.mark === mark && one.who === state.role; });
}
function has(x, mark) {
  return Boolean(own(x, mark)) || (APPROVALS.indexOf(mark) >= 0 && Boolean(standing(x, mark)));
}
function left(x) { return !has(x, 'lest') && !has(x, 'kilde'); }
function here(x) { return Boolean(elements[x] || factByHash[x]); }

function remember() {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
    remembers = true;
  } catch (refused) {
    remembers = false;
  }
}
function recall() {
  var kept;
  try {
    kept = JSON.parse(localStorage.getItem(KEY) || 'null');
  } catch (refused) {
    remembers = false;
    return;
  }
  if (!kept || typeof kept !== 'object') { return; }
  state.role = ROLES.indexOf(kept.role) >= 0 ? kept.role : state.role;
  state.name = typeof kept.name === 'string' ? kept.name.slice(0, 100) : '';
  state.keys = kept.keys !== false;
  state.saved = typeof kept.saved === 'string' ? kept.saved : '';
  state.dirty = kept.dirty === true;
  state.drawn = Array.isArray(kept.drawn) ? kept.drawn.filter(function (id) { return typeof id === 'string'; }) : [];
  state.marks = {};
  Object.keys(kept.marks || {}).forEach(function (x) {
    (Array.isArray(kept.marks[x]) ? kept.marks[x] : []).filter(soundMark).forEach(function (one) {
      if (!own(x, one.mark) && !inJournal(x, one)) { (state.marks[x] = state.marks[x] || []).push(one); }
    });
  });
}
/* A mark that has reached the journal need not be kept here as well. */
function inJournal(x, one) {
  var known = page.items[x] || page.facts[factByHash[x]];
  return Boolean(known) && known.marks.some(function (other) {
    return other.mark === one.mark && other.who === state.role && other.text === harmless(one.text);
  });
}
function put(x, mark, text) {
  var about = page.items[x] ? page.items[x].about : aboutFact(factByHash[x]);
  var kind = page.items[x] ? page.items[x].kind : 'tall';
  drop(x, mark);
  (state.marks[x] = state.marks[x] || []).push(
    { x: x, kind: kind, about: about, mark: mark, text: text, date: today(), inFile: false });
  state.dirty = true;
}
function drop(x, mark) {
  var kept = (state.marks[x] || []).filter(function (one) { return one.mark !== mark; });
  if (kept.length !== (state.marks[x] || []).length) { state.dirty = true; }
  if (kept.length) { state.marks[x] = kept; } else { delete state.marks[x]; }
}
function aboutFact(id) { return Array.from(page.facts[id].label + ': ' + page.facts[id].value).slice(0, 80).join(''); }
function unsaved() { return allMarks().filter(function (one) { return here(one.x) && !one.inFile; }).length; }
function fallen() { return allMarks().filter(function (one) { return !here(one.x); }); }

/* ---- the row of marks under an item ---- */
function markButton(mark, x) {
  var button = node('button', { type: 'button', 'data-act': mark, 'data-of': x });
  button.append(node('span', { class: 'icon', 'aria-hidden': 'true' }), ' ', node('span', { class: 'word' }, words[mark]));
  return button;
}
function showMark(button) {
  var on = has(button.dataset.of, button.dataset.act);
  button.setAttribute('aria-pressed', String(on));
  button.firstChild.textContent = ICONS[button.dataset.act][on ? 1 : 0];
}
var factButtons = document.getElementsByClassName('review-fact');
function rowOf(element) {
  return element.tagName === 'P' ? element.nextElementSibling : element.querySelector(':scope > .marks');
}
function elementOf(row) {
  return row.parentElement.closest('[data-x="' + row.dataset.row + '"]') || row.previousElementSibling;
}
function addRow(element) {
  var label = words.review + ': ' + page.items[element.dataset.x].about.slice(0, 60);
  var row = node('div', { class: 'marks', 'data-row': element.dataset.x, role: 'group', 'aria-label': label });
  var earlier = element.querySelector(':scope > .earlier');
  row.append(markButton('lest', element.dataset.x));
  if (element.tagName === 'P') {
    element.after(row);
  } else if (earlier) {
    earlier.before(row);
  } else {
    element.append(row);
  }
  return row;
}
/* The other buttons are made when the item is first pointed at, focused or marked. */
function complete(element) {
  var row = rowOf(element);
  var x = element.dataset.x;
  if (row.childElementCount > 1) { return row; }
  var item = page.items[x];
  MARKS.slice(1).forEach(function (mark) { row.append(markButton(mark, x)); });
  var facts = item.facts.filter(function (id) { return page.facts[id]; }).length;
  var count = facts || sourcesOf(element).length;
  if (count) {
    var label = say(facts ? 'numbers' : 'sources', { n: count });
    row.append(node('button', { type: 'button', 'data-act': 'tall', 'data-of': x, 'aria-expanded': 'false' }, label));
  }
  item.messages.forEach(function (id) {
    if (document.getElementById('m-' + id)) { row.append(node('a', { href: '#m-' + id }, words.message)); }
  });
  item.marks.filter(function (one) { return APPROVALS.indexOf(one.mark) >= 0; }).forEach(function (one) {
    row.append(node('span', { class: 'standing' }, words[one.mark] + ': ' + one.who + ' ' + one.date));
  });
  row.append(node('div', { class: 'notes' }));
  REMARKS.forEach(function (mark) {
    row.querySelector('[data-act="' + mark + '"]').setAttribute('aria-expanded', 'false');
  });
  return row;
}
function sourcesOf(element) {
  var seen = {};
  return Array.prototype.filter.call(element.querySelectorAll('a[href^="#c-"]'), function (link) {
    var href = link.getAttribute('href');
    if (seen[href] || link.closest('.marks') || !document.getElementById(href.slice(1))) { return false; }
    seen[href] = true;
    return true;
  });
}
function refresh(x) {
  (elements[x] || []).forEach(function (element) {
    var row = state.marks[x] ? complete(element) : rowOf(element);
    Array.prototype.forEach.call(row.children, function (button) {
      if (MARKS.indexOf(button.dataset.act) >= 0) { showMark(button); }
    });
    row.classList.toggle('done', !left(x));
    showNotes(row, x);
  });
  Array.prototype.forEach.call(factButtons, function (button) {
    if (button.dataset.of === x) { showMark(button); }
  });
}
function showNotes(row, x) {
  var notes = row.querySelector('.notes');
  if (!notes) { return; }
  Array.prototype.forEach.call(notes.querySelectorAll('.noted'), function (old) { old.remove(); });
  REMARKS.forEach(function (mark) {
    var one = own(x, mark);
    if (one && !notes.querySelector('textarea[data-act="' + mark + '"]')) {
      var shown = node('p', { class: 'noted' });
      shown.append(node('strong', {}, words[mark] + ': '), one.text);
      notes.append(shown);
    }
  });
}

/* ---- acts ---- */
var current = null;
function makeCurrent(element) {
  if (current === element) { return; }
  if (current) { current.classList.remove('current'); }
  current = element;
  if (current) {
    complete(current);
    current.classList.add('current');
    refresh(current.dataset.x);
  }
}
function toggle(x, mark) {
  if (own(x, mark)) {
    drop(x, mark);
  } else if (standing(x, mark)) {
    tell(words.in_journal);
    return;
  } else {
    put(x, mark, '');
  }
  remember();
  refresh(x);
  count();
  tell(words[has(x, mark) ? mark : 'unmarked'], true);
}
function openField(element, mark) {
  var row = complete(element);
  var x = element.dataset.x;
  var button = row.querySelector('[data-act="' + mark + '"]');
  if (row.querySelector('textarea[data-act="' + mark + '"]')) { closeField(row, mark); button.focus(); return; }
  var box = node('div', { class: 'field' });
  var label = node('label', {}, say('field', { what: words[mark].toLowerCase(), max: MAX_TEXT }));
  var area = node('textarea', { maxlength: MAX_TEXT, rows: 3, 'data-act': mark, 'data-of': x });
  area.value = own(x, mark) ? own(x, mark).text : '';
  label.append(area);
  box.append(label, node('button', { type: 'button', 'data-act': 'done' }, words.done),
    node('button', { type: 'button', 'data-act': 'remove' }, words.remove));
  row.querySelector('.notes').prepend(box);
  button.setAttribute('aria-expanded', 'true');
  showNotes(row, x);
  area.focus();
}
function closeField(row, mark) {
  var area = row.querySelector('textarea[data-act="' + mark + '"]');
  if (!area) { return; }
  area.closest('.field').remove();
  row.querySelector('button[data-act="' + mark + '"]').setAttribute('aria-expanded', 'false');
  remember();
  refresh(row.dataset.row);
  count();
}
function write(area) {
  if (area.value.trim()) { put(area.dataset.of, area.dataset.act, area.value); } else { drop(area.dataset.of, area.dataset.act); }
  Array.prototype.forEach.call(document.querySelectorAll('button[data-of="' + area.dataset.of + '"][data-act="' +
    area.dataset.act + '"]'), showMark);
  remember();
  count();
}
function factLine(id) {
  var fact = page.facts[id];
  var line = node('li');
  var link = node('a', { class: 'fact', href: '#' + fact.anchor }, fact.value);
  var button = markButton('kilde', fact.x);
  button.classList.add('review-fact');
  showMark(button);
  line.append(link, ' ', node('span', { class: 'what' }, fact.label), ' ', button);
  return line;
}
function openNumbers(element) {
  var row = complete(element);
  var button = row.querySelector('[data-act="tall"]');
  var open = row.querySelector('.numbers');
  if (!button) { tell(words.no_numbers); return; }
  button.setAttribute('aria-expanded', String(!open));
  if (open) { open.remove(); return; }
  var list = node('ul', { class: 'numbers' });
  page.items[element.dataset.x].facts.forEach(function (id) { if (page.facts[id]) { list.append(factLine(id)); } });
  sourcesOf(element).forEach(function (link) {
    var line = node('li');
    line.append(words.source + ': ', node('a', { href: link.getAttribute('href') }, link.textContent));
    list.append(line);
  });
  row.append(list);
}

/* ---- the bar ---- */
var bar = node('section', { class: 'review-bar', 'aria-label': words.review });
var tally = node('p', { class: 'tally-left' });
var short = node('p', { class: 'tally-short' });
var fileState = node('p', { class: 'file-state' });
var status = node('p', { class: 'told', role: 'status' });
var filter = node('select', { id: 'review-filter' });
var panel = node('div', { class: 'review-panel', id: 'review-panel', hidden: '' });
var drawn = node('ol', { class: 'numbers drawn' });
var drawnCount = node('p', {});
var drawButton = node('button', { type: 'button', 'data-act': 'draw' });
var lost = node('div', { class: 'fallen' });
var role = node('select', { id: 'review-role' });
var name = node('input', { id: 'review-name', type: 'text', maxlength: 100, autocomplete: 'name' });
var file = node('input', { id: 'review-file', type: 'file', accept: '.json,application/json' });
var keys = node('input', { id: 'review-keys', type: 'checkbox' });
var FILTERS = {
  all: function () { return true; },
  left: left,
  changed: function (x) { return page.items[x].changed; },
  messages: function (x) { return page.items[x].messages.length > 0; }
};
var KEYS = ['n', 'p', 'l', 'k', 'm', 's', 't', 'f', 'v', '?', 'Esc'];

function button(act, extra) { return node('button', Object.assign({ type: 'button', 'data-act': act }, extra), words[act]); }
function labelled(control, key) {
  var label = node('label', { for: control.id }, words[key]);
  var box = node('div', { class: 'pair' });
  box.append(label, control);
  return box;
}
function heading(key) { return node('h2', {}, words[key]); }
function buildBar() {
  var line = node('div', { class: 'line' });
  var chooser = node('span', { class: 'chooser more-only' });
  Object.keys(FILTERS).forEach(function (key) { filter.append(node('option', { value: key })); });
  chooser.append(node('label', { for: filter.id }, words.show), filter);
  line.append(tally, short, button('previous', { class: 'more-only' }), button('next', { class: 'main' }), chooser, fileState, button('save'), button('more', { 'aria-expanded': 'false', 'aria-controls': panel.id }));
  ROLES.forEach(function (key) { role.append(node('option', { value: key }, words['role_' + ROLES.indexOf(key)])); });
  var who = node('div', { class: 'part' });
  who.append(heading('reviewer'), labelled(name, 'name'), labelled(role, 'role'), heading('file'),
    labelled(file, 'load'), node('p', { class: 'small' }, words.load_help));
  var draw = node('div', { class: 'part' });
  draw.append(heading('draw'), drawnCount, drawn, drawButton);
  var help = node('div', { class: 'part' });
  var list = node('dl', { class: 'keys' });
  KEYS.forEach(function (key, at) {
    var term = node('dt');
    term.append(node('kbd', {}, key));
    list.append(term, node('dd', {}, words['key_' + at]));
  });
  var onOff = node('div', { class: 'pair' });
  onOff.append(keys, node('label', { for: keys.id }, words.use_keys));
  help.append(heading('keys'), onOff, list);
  panel.append(who, draw, help, lost);
  bar.append(line, status, panel);
  document.querySelector('.skip').after(bar);
}
var told = 0;
/* Said to all, or quietly to those who do not see that the mark itself has changed. */
function tell(text, quietly) {
  status.textContent = text;
  status.classList.toggle('quiet', Boolean(quietly));
  clearTimeout(told);
  told = setTimeout(function () { status.textContent = ''; }, 12000);
}
function count() {
  var parts = ['paragraphs', 'tables', 'assessments'].map(function (group) {
    var all = order.filter(function (x) { return GROUPS[page.items[x].kind] === group; });
    var open = all.filter(left).length;
    return all.length ? say('of', { n: open, all: all.length, what: words[group].split('|')[all.length === 1 ? 0 : 1] }) : '';
  }).filter(Boolean);
  var open = order.filter(left).length;
  tally.textContent = open ? words.left + ': ' + parts.join(' · ') : words.all_done;
  short.textContent = open ? words.left + ': ' + open : words.all_done;
  Array.prototype.forEach.call(filter.options, function (option) {
    option.textContent = words['filter_' + option.value] + ' (' + order.filter(FILTERS[option.value]).length + ')';
  });
  var waitingMarks = unsaved();
  var parts2 = [];
  if (!remembers) { parts2.push(words.no_storage); }
  if (waitingMarks) {
    parts2.push(say(waitingMarks === 1 ? 'unsaved_one' : 'unsaved', { n: waitingMarks }));
  } else if (state.dirty) {
    parts2.push(words.changes_unsaved);
  }
  if (state.saved) { parts2.push(say('saved', when(state.saved))); }
  fileState.textContent = parts2.join(' · ');
  fileState.classList.toggle('warn', !remembers);
  showDraw();
  showFallen();
  document.documentElement.style.setProperty('--bar', bar.querySelector('.line').offsetHeight + 'px');
}
function when(stamp) {
  var found = /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d)$/.exec(stamp);
  return found ? { date: found[2] + '.' + found[1] + '.', time: found[3] + '.' + found[4] } : { date: '', time: '' };
}
function togglePanel(open) {
  var to = open === undefined ? panel.hidden : open;
  panel.hidden = !to;
  bar.classList.toggle('open', to);
  bar.querySelector('[data-act="more"]').setAttribute('aria-expanded', String(to));
}

/* ---- walking and filtering ---- */
function shown(x) { return filter.value === 'all' || FILTERS[filter.value](x); }
function place(element) {
  if (!element) { return -1; }
  return order.indexOf(element.dataset.x);
}
function walk(step) {
  var from = place(current);
  var at = from;
  for (var tried = 0; tried < order.length; tried += 1) {
    at = (at + step + order.length) % order.length;
    if (from < 0 && tried === 0 && step < 0) { at = order.length - 1; }
    if (left(order[at]) && shown(order[at])) {
      go(elements[order[at]][0]);
      return;
    }
  }
  tell(words[filter.value === 'all' || filter.value === 'left' ? 'all_done' : 'none_here']);
}
function go(element) {
  togglePanel(false);
  makeCurrent(element);
  if (filter.value !== 'all') { applyFilter(); }
  reveal(element);
  element.setAttribute('tabindex', '-1');
  element.focus({ preventScroll: true });
  headed(element).scrollIntoView({ block: 'start' });
}
/* The heading just above an item is scrolled into view with it. */
function headed(element) {
  var first = element.parentElement.tagName === 'UL' && !element.previousElementSibling ? element.parentElement : element;
  var above = first.previousElementSibling;
  return above && /^H[3-5]$/.test(above.tagName) && !above.classList.contains('off') ? above : element;
}
function reveal(element) {
  for (var above = element.parentElement; above; above = above.parentElement) {
    if (above.tagName === 'DETAILS') { above.open = true; }
  }
}
function applyFilter() {
  var on = filter.value !== 'all';
  document.body.classList.toggle('filtered', on);
  Object.keys(elements).forEach(function (x) {
    elements[x].forEach(function (element) {
      var off = on && !shown(x) && element !== current;
      element.classList.toggle('off', off);
      for (var below = element; element.tagName === 'P' && below.nextElementSibling &&
          below.nextElementSibling.matches('.marks, .earlier');) {
        below = below.nextElementSibling;
        below.classList.toggle('off', off);
      }
    });
  });
  var boxes = main.querySelectorAll('section, .first, main > section > div, .block, details, ul, ol');
  Array.prototype.forEach.call(boxes, function (box) {
    if (box.closest('.marks')) { return; }
    box.classList.toggle('off', on && !box.dataset.x && !box.closest('[data-x]') && !box.querySelector('[data-x]:not(.off)'));
  });
  Array.prototype.forEach.call(main.querySelectorAll('h5'), function (title) {
    var next = title.nextElementSibling;
    while (next && next.tagName !== 'H5' && next.classList.contains('off')) { next = next.nextElementSibling; }
    title.classList.toggle('off', on && (!next || next.tagName === 'H5'));
  });
}

/* ---- the draw ---- */
function random(below) {
  var box = new Uint32Array(1);
  var limit = 4294967296 - (4294967296 % below);
  do { crypto.getRandomValues(box); } while (box[0] >= limit);
  return box[0] % below;
}
function drawTen() {
  var rest = Object.keys(page.facts).filter(function (id) { return state.drawn.indexOf(id) < 0; });
  for (var drawnNow = 0; drawnNow < DRAW && rest.length; drawnNow += 1) {
    state.drawn.push(rest.splice(random(rest.length), 1)[0]);
  }
  state.dirty = true;
  remember();
  count();
}
function showDraw() {
  var ids = state.drawn.filter(function (id) { return page.facts[id]; });
  if (drawn.dataset.ids !== ids.join(' ')) {
    drawn.dataset.ids = ids.join(' ');
    drawn.textContent = '';
    ids.forEach(function (id) { drawn.append(factLine(id)); });
  }
  var done = ids.filter(function (id) { return has(page.facts[id].x, 'kilde'); }).length;
  drawnCount.textContent = ids.length ? say('drawn', { n: done, all: ids.length }) : words.draw_help;
  drawButton.textContent = words[ids.length ? 'draw_more' : 'draw_ten'];
  drawButton.disabled = Object.keys(page.facts).length <= ids.length;
}
function showFallen() {
  var gone = fallen();
  lost.hidden = !gone.length;
  lost.textContent = '';
  if (!gone.length) { return; }
  var list = node('ul');
  gone.forEach(function (one) {
    list.append(node('li', {}, words[one.mark] + ': «' + one.about + '»' + (one.text ? ' ' + one.text : '')));
  });
  lost.append(heading('fallen'), node('p', {}, fallenText(gone.length)), list, button('forget'));
}
function fallenText(n) { return say(n === 1 ? 'fell_one' : 'fell', { n: n }); }

/* ---- to a file and back ---- */
/* Nothing unseen (control characters, turned direction, halves of characters), and no < before a letter. */
function harmless(text) {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu, '')
    .replace(/<(?=[\p{L}/!])/gu, '‹');
}
function save() {
  if (!state.name.trim()) {
    togglePanel(true);
    name.focus();
    tell(words.need_name);
    return;
  }
  var stamp = moment();
  var marks = allMarks().filter(function (one) { return here(one.x); });
  var content = {
    format: FORMAT, type: TYPE, audit: page.audit, edition: page.edition, handover: page.handover, content: page.content,
    role: state.role, name: harmless(state.name.trim()), saved: stamp,
    marks: marks.map(function (one) {
      return { x: one.x, kind: one.kind, about: harmless(one.about), mark: one.mark, text: harmless(one.text), date: one.date };
    }),
    drawn: state.drawn.filter(function (id) { return page.facts[id]; })
  };
  download('kontroll-' + page.audit + '-' + page.handover + '.json', JSON.stringify(content, null, 1) + '\n');
  marks.forEach(function (one) { one.inFile = true; });
  state.saved = stamp;
  state.dirty = false;
  remember();
  count();
  tell(say(marks.length === 1 ? 'saved_one' : 'saved_now', { n: marks.length }));
}
function download(title, text) {
  var address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  var link = node('a', { href: address, download: title, hidden: '' });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
}
/* Why a file is refused; empty when it is sound. */
function refusal(content) {
  if (!content || typeof content !== 'object' || content.type !== TYPE) { return words.not_review; }
  if (content.format !== FORMAT) { return words.other_format; }
  if (content.audit !== page.audit) { return say('other_audit', { audit: String(content.audit).slice(0, 60), own: page.audit }); }
  if (ROLES.indexOf(content.role) < 0 || typeof content.name !== 'string' || content.name.length > 100 ||
      !Array.isArray(content.marks) || content.marks.length > MAX_MARKS || !content.marks.every(soundMark) ||
      !Array.isArray(content.drawn) || content.drawn.length > MAX_MARKS ||
      !content.drawn.every(function (id) { return typeof id === 'string' && id.length <= 200; })) {
    return words.broken_file;
  }
  if (content.role !== state.role && allMarks().length) {
    return say('other_role', { role: words['role_' + ROLES.indexOf(content.role)].toLowerCase() });
  }
  return '';
}
function load(picked) {
  if (picked.size > MAX_FILE) { tell(words.too_large); return; }
  var reader = new FileReader();
  reader.onerror = function () { tell(words.not_review); };
  reader.onload = function () {
    var content;
    try { content = JSON.parse(reader.result); } catch (broken) { tell(words.not_review); return; }
    var why = refusal(content);
    if (why) { tell(why); return; }
    merge(content);
  };
  reader.readAsText(picked);
}
/* Union of what is here and in the file; two different remarks on one item are both kept, one after the other. */
function merge(content) {
  var kept = 0;
  var tooLong = 0;
  state.role = content.role;
  state.name = state.name || content.name;
  content.marks.forEach(function (one) {
    var mine = own(one.x, one.mark);
    if (mine && mine.text !== one.text && mine.text.indexOf(one.text) < 0) {
      var both = one.text.indexOf(mine.text) < 0 ? mine.text + '\n\n' + one.text : one.text;
      if (both.length > MAX_TEXT) { tooLong += 1; return; }
      mine.text = both;
      mine.inFile = both === one.text;
    } else if (!mine && !inJournal(one.x, one)) {
      (state.marks[one.x] = state.marks[one.x] || []).push({
        x: one.x, kind: one.kind, about: one.about, mark: one.mark, text: one.text, date: one.date, inFile: true
      });
    }
    kept += 1;
  });
  content.drawn.forEach(function (id) { if (page.facts[id] && state.drawn.indexOf(id) < 0) { state.drawn.push(id); } });
  if (!state.saved || state.saved < String(content.saved)) {
    state.saved = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(content.saved) ? content.saved : state.saved;
  }
  remember();
  showAll();
  var gone = content.marks.filter(function (one) { return !here(one.x); }).length;
  tell([say('loaded', { n: kept }), gone ? fallenText(gone) : '', tooLong ? say('too_long', { n: tooLong }) : '']
    .filter(Boolean).join(' '));
}
function showAll() {
  role.value = state.role;
  name.value = state.name;
  keys.checked = state.keys;
  order.forEach(refresh);
  Array.prototype.forEach.call(factButtons, showMark);
  count();
  if (filter.value !== 'all') { applyFilter(); }
}

/* ---- cards: focus goes to the card and back to the number ---- */
var opener = null;
function openCard(link) {
  var card = document.getElementById(link.getAttribute('href').slice(1));
  if (!card || !card.classList.contains('card')) { return; }
  if (!link.closest('.card')) { opener = link; }
  dress(card);
  card.setAttribute('tabindex', '-1');
  setTimeout(function () { card.focus({ preventScroll: true }); }, 0);
}
function dress(card) {
  var id = factByHash[card.dataset.x];
  if (!id || card.querySelector('.review-fact')) { return; }
  var mark = markButton('kilde', card.dataset.x);
  var box = node('p', { class: 'marks' });
  mark.classList.add('review-fact');
  showMark(mark);
  box.append(mark);
  card.querySelector('dl').before(box);
}
function closeCard() {
  location.hash = '#lukk';
  if (opener && document.contains(opener)) { opener.focus({ preventScroll: true }); }
}

/* ---- events ---- */
function itemAt(target) {
  var row = target.closest('.marks[data-row]');
  return row ? elementOf(row) : target.closest('main [data-x]');
}
var ACTS = {
  next: function () { walk(1); },
  previous: function () { walk(-1); },
  more: function () { togglePanel(); },
  save: save,
  draw: drawTen,
  forget: function () {
    fallen().forEach(function (one) { drop(one.x, one.mark); });
    remember();
    count();
  }
};
document.addEventListener('click', function (event) {
  var target = event.target.closest('button[data-act], a[href^="#"]');
  var element = itemAt(event.target);
  if (element) { makeCurrent(element); }
  if (!target) { return; }
  if (target.tagName === 'A') {
    var href = target.getAttribute('href');
    if (href === '#lukk') { event.preventDefault(); closeCard(); } else { follow(target, href); }
    return;
  }
  var act = target.dataset.act;
  if (ACTS[act]) { ACTS[act](); return; }
  if (APPROVALS.indexOf(act) >= 0) { toggle(target.dataset.of, act); return; }
  if (REMARKS.indexOf(act) >= 0) { openField(element, act); return; }
  if (act === 'tall') { openNumbers(element); return; }
  var area = target.closest('.field').querySelector('textarea');
  if (act === 'remove') { area.value = ''; write(area); }
  finish(area);
});
function follow(link, href) {
  var target = document.getElementById(href.slice(1));
  if (!target) { return; }
  if (bar.contains(link)) { togglePanel(false); }
  if (target.classList.contains('off') || target.closest('.off')) { filter.value = 'all'; applyFilter(); }
  reveal(target);
  openCard(link);
}
function finish(area) {
  var row = area.closest('.marks');
  var mark = area.dataset.act;
  closeField(row, mark);
  row.querySelector('button[data-act="' + mark + '"]').focus();
}
main.addEventListener('mouseover', function (event) {
  var element = itemAt(event.target);
  if (element && rowOf(element).childElementCount === 1) { complete(element); refresh(element.dataset.x); }
});
main.addEventListener('focusin', function (event) {
  var element = itemAt(event.target);
  if (element) { makeCurrent(element); }
});
document.addEventListener('input', function (event) {
  if (event.target.matches('.marks textarea')) { write(event.target); }
});
filter.addEventListener('change', function () {
  makeCurrent(null);
  applyFilter();
  var first = order.find(shown);
  if (filter.value !== 'all') {
    if (first) { main.scrollIntoView({ block: 'start' }); } else { tell(words.none_here); }
  }
});
role.addEventListener('change', function () { state.role = role.value; state.dirty = true; remember(); showAll(); });
name.addEventListener('input', function () { state.name = name.value; remember(); });
keys.addEventListener('change', function () { state.keys = keys.checked; remember(); });
file.addEventListener('change', function () {
  if (file.files.length) { load(file.files[0]); }
  file.value = '';
});
var SHORTCUTS = {
  n: ACTS.next, p: ACTS.previous, f: save,
  l: function () { if (current) { toggle(current.dataset.x, 'lest'); } },
  k: function () { if (current) { toggle(current.dataset.x, 'kilde'); } },
  m: function () { if (current) { openField(current, 'merknad'); } },
  s: function () { if (current) { openField(current, 'sporsmal'); } },
  t: function () { if (current) { openNumbers(current); } },
  v: function () { if (matchMedia('(max-width: 760px)').matches) { togglePanel(true); } filter.focus(); },
  '?': function () { togglePanel(true); panel.querySelector('input, button').focus(); }
};
document.addEventListener('keydown', function (event) {
  if (event.key === 'Escape') { escape(event); return; }
  if (!state.keys || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented ||
      event.target.closest('input, textarea, select, [contenteditable]') || !SHORTCUTS[event.key]) { return; }
  event.preventDefault();
  SHORTCUTS[event.key]();
});
function escape(event) {
  if (event.target.matches('.marks textarea')) { finish(event.target); return; }
  var card = location.hash && document.getElementById(location.hash.slice(1));
  if (card && card.classList.contains('card')) { closeCard(); return; }
  if (!panel.hidden) {
    togglePanel(false);
    bar.querySelector('[data-act="more"]').focus();
    return;
  }
  if (current && current.parentElement && rowOf(current).querySelector('.numbers')) { openNumbers(current); }
}
function dressed() {
  var card = document.getElementById(location.hash.slice(1));
  if (card && card.dataset.kind === 'tall') { dress(card); }
}
window.addEventListener('hashchange', dressed);
window.addEventListener('storage', function (event) {
  if (event.key === KEY && !document.querySelector('.marks textarea')) { recall(); showAll(); }
});
window.addEventListener('beforeunload', function (event) {
  if (!remembers && (unsaved() || state.dirty)) { event.preventDefault(); event.returnValue = ''; }
});
window.addEventListener('resize', count);

recall();
remember();
buildBar();
order.forEach(function (x) { elements[x].forEach(addRow); });
showAll();
if (fallen().length) { tell(fallenText(fallen().length)); }
if (!remembers) { tell(words.no_storage); }
dressed();
}());
