/* trace.js - the data block becomes typed arrays again; see reports/page-data.h. */

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/* Numbers of variable length, one after the other. */
class Column {
  constructor(base64) {
    this.bytes = bytesOf(base64);
    this.at = 0;
  }
  get done() {
    return this.at >= this.bytes.length;
  }
  next() {
    let number = 0;
    let weight = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      number += (byte & 127) * weight;
      if (!(byte & 128)) return number;
      weight *= 128;
    }
  }
  nextSigned() {
    const number = this.next();
    return number % 2 ? -(number + 1) / 2 : number / 2;
  }
}

const NONE = -1;
const TIME_END = Infinity;

/* Events by index.  names, texts: -1 where the kind has none. */
class Trace {
  constructor(data) {
    Object.assign(this, { title: data.title, file: data.file, seed: data.seed, scenario: data.scenario, end: data.end || null,
      real: data.seed === undefined && data.real === true,
      names: data.names, texts: data.texts, connections: data.connections, total: data.total,
      badLines: data.bad_lines, count: data.count });
    this.kinds = data.kinds.map(([name, fields, meaning]) => ({ name, fields, meaning }));
    this.kindOf = Object.fromEntries(this.kinds.map((kind, at) => [kind.name, at]));
    for (const column of ['node', 'peer', 'port', 'other', 'connection', 'text', 'match', 'cause'])
      this[column] = new Int32Array(this.count).fill(NONE);
    this.kind = bytesOf(data.columns.kind);
    this.time = new Float64Array(this.count);
    this.number = new Float64Array(this.count);
    this.line = new Float64Array(this.count);
    this.readEvents(data);
    this.readLines(data.gaps);
    this.readLost(new Column(data.columns.lost), data.begin);
    this.failure = data.failure ? this.indexOfLine(data.failure) : NONE;
    this.begin = this.count ? this.time[0] : 0;
    this.finish = this.count ? this.time.reduce((one, other) => Math.max(one, other), 0) : 1;
  }

  readEvents(data) {
    const from = {};
    for (const name in data.columns) from[name] = new Column(data.columns[name]);
    const arrivals = new Set(['deliver', 'request', 'unknown_port'].map((name) => this.kindOf[name]));
    let time = data.begin;
    for (let at = 0; at < this.count; at++) {
      time += from.time.nextSigned();
      this.time[at] = time;
      this.node[at] = from.node.next();
      for (const field of this.kinds[this.kind[at]].fields) this.readField(from, field, at);
      if (arrivals.has(this.kind[at])) {
        const ago = from.match.next();
        if (ago) this.match[at] = at - ago;
      }
    }
  }

  readField(from, field, at) {
    switch (field) {
      case 'p': this.peer[at] = from.peer.next(); break;
      case 'o': case 'f': this.port[at] = from.port.next(); break;
      case 't': case 'k': this.other[at] = from.other.next(); break;
      case 'c': this.connection[at] = from.connection.next(); break;
      case 'n': this.number[at] = from.number.next(); break;
      case 'x': this.text[at] = from.text.next(); break;
    }
  }

  readLines(gaps) {
    gaps.forEach(([index, number], gap) => {
      const end = gap + 1 < gaps.length ? gaps[gap + 1][0] : this.count;
      for (let at = index; at < end; at++) this.line[at] = number + at - index;
    });
  }

  /* `arrival` of a send: the event; NONE: lost at `lostAt`, or under way at the end. */
  readLost(column, begin) {
    this.arrival = new Int32Array(this.count).fill(NONE);
    this.lostAt = new Float64Array(this.count).fill(TIME_END);
    for (let at = 0; at < this.count; at++) if (this.match[at] !== NONE) this.arrival[this.match[at]] = at;
    for (let send = 0; !column.done;) {
      send += column.nextSigned();
      this.lostAt[send] = begin + column.nextSigned();
    }
  }

  /* The event of a line, or the last one before it. */
  indexOfLine(line) {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.line[middle] <= line) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }

  /* The first event at this time or later. */
  indexOfTime(time) {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  is(at, ...names) {
    return names.includes(this.kinds[this.kind[at]].name);
  }
  name(index) {
    return index === NONE ? '' : this.names[index];
  }
  words(at) {
    return this.text[at] === NONE ? '' : this.texts[this.text[at]];
  }
  isLost(send) {
    return this.lostAt[send] !== TIME_END;
  }
}

function seconds(time) {
  return (time / 1e6).toFixed(6) + ' s';
}

function span(time) {
  if (time < 1e3) return Math.round(time) + ' µs';
  if (time < 1e6) return +(time / 1e3).toPrecision(4) + ' ms';
  if (time < 6e7) return +(time / 1e6).toPrecision(4) + ' s';
  return Math.floor(time / 6e7) + ' min ' + Math.round((time % 6e7) / 1e6) + ' s';
}
