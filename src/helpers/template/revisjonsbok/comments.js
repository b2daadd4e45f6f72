/* The comment table of the verification edition: filled in, remembered by the browser, saved as CSV for the auditor.
   Plain ES2019, offline. Without script the table can be printed and filled in by hand. */
(function () {
'use strict';
var table = document.getElementById('kommentarer');
var source = document.getElementById('kommentardata');
if (!table || !source) { return; }
var page = JSON.parse(source.textContent);
var words = page.words;
var KEY = 'revisjonsbok-kommentarer:' + page.file;
var body = table.tBodies[0];
var pattern = body.rows[0].cloneNode(true);
var tools = document.getElementById('kommentar-verktoy');
var remembers = true;
var changed = false;

function node(tag, attributes, text) {
  var made = document.createElement(tag);
  Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
  if (text !== undefined) { made.textContent = text; }
  return made;
}
function number(row) { return row.querySelector('input'); }
function comment(row) { return row.querySelector('textarea'); }
function rows() { return Array.prototype.slice.call(body.rows); }
function empty(row) { return !number(row).value.trim() && !comment(row).value.trim(); }
function addRow() {
  var row = pattern.cloneNode(true);
  body.append(row);
  return row;
}

var from = node('input', { type: 'text', id: 'kommentar-fra', maxlength: 100, autocomplete: 'organization-title' });
var status = node('p', { role: 'status', class: 'comment-state' });
tools.append(node('label', { for: from.id }, words.from), ' ', from, ' ',
  node('button', { type: 'button', id: 'kommentar-lagre' }, words.save), ' ',
  node('button', { type: 'button', id: 'kommentar-ny' }, words.new_row), status);

function remember() {
  var kept = rows().filter(function (row) { return !empty(row); }).map(function (row) {
    return [number(row).value, comment(row).value];
  });
  try {
    localStorage.setItem(KEY, JSON.stringify({ from: from.value, rows: kept, changed: changed }));
    remembers = true;
  } catch (refused) {
    remembers = false;
    status.textContent = words.no_storage;
  }
}
function recall() {
  var kept = null;
  try { kept = JSON.parse(localStorage.getItem(KEY) || 'null'); } catch (refused) { remembers = false; }
  if (!kept || !Array.isArray(kept.rows)) { return; }
  from.value = typeof kept.from === 'string' ? kept.from : '';
  changed = kept.changed === true;
  kept.rows.filter(Array.isArray).forEach(function (cells, at) {
    var row = body.rows[at] || addRow();
    number(row).value = String(cells[0]);
    comment(row).value = String(cells[1]);
  });
}

/* A cell that a spreadsheet would read as a formula gets an apostrophe first. */
function cell(text) {
  var safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return '"' + safe.replace(/"/g, '""') + '"';
}
function two(value) { return (value < 10 ? '0' : '') + value; }
function save() {
  var now = new Date();
  var date = two(now.getDate()) + '.' + two(now.getMonth() + 1) + '.' + now.getFullYear();
  var filled = rows().filter(function (row) { return comment(row).value.trim(); });
  if (!filled.length) { status.textContent = words.nothing; return; }
  var lines = [['Avsnitt', 'Kommentar', 'Fra', 'Dato']].concat(filled.map(function (row) {
    return [number(row).value.trim(), comment(row).value.trim(), from.value.trim(), date];
  }));
  var text = '\ufeff' + lines.map(function (cells) { return cells.map(cell).join(';') + '\r\n'; }).join('');
  var address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  var link = node('a', { href: address, download: page.file, hidden: '' });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  changed = false;
  remember();
  status.textContent = words.saved.replace('{n}', String(filled.length));
}
function commentOn(nr) {
  var row = rows().find(empty) || addRow();
  number(row).value = nr;
  comment(row).focus();
  edited();
}
function edited() {
  changed = true;
  status.textContent = words.unsaved;
  remember();
}

Array.prototype.forEach.call(document.querySelectorAll('[data-nr]'), function (paragraph) {
  var button = node('button', { type: 'button', class: 'comment-on', 'data-comment': paragraph.dataset.nr }, words.comment_on);
  button.setAttribute('aria-label', words.comment_on + ' ' + paragraph.dataset.nr);
  if (paragraph.tagName === 'P') { paragraph.after(button); } else { paragraph.append(button); }
});
document.addEventListener('click', function (event) {
  var button = event.target.closest('button');
  if (!button) { return; }
  if (button.dataset.comment) { commentOn(button.dataset.comment); }
  if (button.id === 'kommentar-lagre') { save(); }
  if (button.id === 'kommentar-ny') { number(addRow()).focus(); }
});
table.addEventListener('input', edited);
from.addEventListener('input', edited);
window.addEventListener('beforeunload', function (event) {
  if (changed && !remembers) { event.preventDefault(); event.returnValue = ''; }
});
recall();
remember();
if (changed) { status.textContent = words.unsaved; }
}());
