// Checks a receipt in the browser: entry to leaf, leaf to root (RFC 6962), root to signature (C2SP signed-note).
"use strict";
(() => {
  const FORMAT = "crowdledger-receipt/1";
  const PROOF = "c2sp.org/tlog-proof@v1";
  const BYTES_MAX = 16 * 1024 * 1024;
  const ALGORITHMS = { 1: ["Ed25519", 32, 64], 4: ["Ed25519", 32, 72], 6: ["ML-DSA-44", 1312, 2428] };
  const utf8 = new TextEncoder();
  const at = (id) => document.getElementById(id);
  const said = (name, values = {}) => {
    const found = document.querySelector(`#words [data-say="${name}"]`);
    return (found ? found.textContent : name).replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
  };
  class Unreadable extends Error {}

  // ---- bytes
  const unbase64 = (text) => {
    let raw;
    try {
      raw = atob(text);
    } catch {
      throw new Unreadable("base64");
    }
    // One form only: a second way to write the same bytes could hide an alteration.
    if (btoa(raw) !== text) throw new Unreadable("base64");
    return Uint8Array.from(raw, (character) => character.charCodeAt(0));
  };
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const join = (...parts) => {
    const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      made.set(part, offset);
      offset += part.length;
    }
    return made;
  };
  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
  const same = (one, other) => hex(one) === hex(other);

  // ---- signed notes
  const parseKey = async (text) => {
    const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) || [];
    if (!name) throw new Unreadable("key");
    const raw = unbase64(encoded);
    const algorithm = ALGORITHMS[raw[0]];
    if (!algorithm || raw.length !== 1 + algorithm[1]) throw new Unreadable("key");
    const made = hex((await sha256(utf8.encode(`${name}\n`), raw)).slice(0, 4));
    if (made !== id) throw new Unreadable("key");
    return { name, id, kind: raw[0], public: raw.slice(1), algorithm: algorithm[0], text: text.trim() };
  };
  const parseNote = (note) => {
    const cut = note.lastIndexOf("\n\n");
    if (cut < 1 || !note.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new Unreadable("note");
    const lines = note.slice(cut + 2, -1).split("\n");
    const signatures = lines.map((line) => {
      const [, name, encoded] = /^\u2014 ([^\s+]+) (\S+)$/.exec(line) || [];
      if (!name) throw new Unreadable("signature");
      const raw = unbase64(encoded);
      if (raw.length < 5) throw new Unreadable("signature");
      return { name, id: hex(raw.slice(0, 4)), value: raw.slice(4) };
    });
    const text = note.slice(0, cut + 1);
    const [origin, size, root] = text.split("\n");
    if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) throw new Unreadable("head");
    const bytes = unbase64(root || "");
    if (bytes.length !== 32) throw new Unreadable("head");
    return { text, signatures, origin, size: Number(size), root: bytes };
  };
  const timeOf = (signature) => new DataView(signature.value.buffer, signature.value.byteOffset).getBigUint64(0);
  // true, false, or null where this browser can't tell.
  const holds = async (key, note, signature) => {
    if (signature.value.length !== ALGORITHMS[key.kind][2]) return false;
    if (key.kind === 6) return null;
    const signed = key.kind === 1 ? note.text : `cosignature/v1\ntime ${timeOf(signature)}\n${note.text}`;
    const raw = key.kind === 1 ? signature.value : signature.value.slice(8);
    let imported;
    try {
      imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
    } catch {
      return null;
    }
    return crypto.subtle.verify({ name: "Ed25519" }, imported, raw, utf8.encode(signed));
  };

  // ---- proofs
  const parseProof = (text) => {
    const cut = text.indexOf("\n\n");
    const lines = text.slice(0, cut).split("\n");
    const [, index] = /^index (0|[1-9]\d{0,15})$/.exec(lines[1] || "") || [];
    if (cut < 0 || lines[0] !== PROOF || index === undefined || lines.length > 65) throw new Unreadable("proof");
    const path = lines.slice(2).map(unbase64);
    if (path.some((each) => each.length !== 32)) throw new Unreadable("proof");
    return { index: Number(index), path, note: parseNote(text.slice(cut + 2)) };
  };
  const rootOf = async (leaf, index, size, path) => {
    // RFC 9162, 2.1.3.2. Whole numbers, halved: sizes go beyond what bit operators carry.
    if (index >= size) return null;
    const half = (value) => Math.floor(value / 2);
    let node = index;
    let last = size - 1;
    let current = leaf;
    for (const sibling of path) {
      if (last === 0) return null;
      if (node % 2 === 1 || node === last) {
        current = await sha256([1], sibling, current);
        while (node % 2 === 0 && node !== 0) {
          node = half(node);
          last = half(last);
        }
      } else {
        current = await sha256([1], current, sibling);
      }
      node = half(node);
      last = half(last);
    }
    return last === 0 ? current : null;
  };

  // ---- a receipt
  const examine = async (receipt, given) => {
    const steps = [];
    const step = (ok, name, values) => steps.push({ ok, text: said(name, values) });
    const names = Object.keys(receipt || {}).filter((name) => name !== "postings");
    const whole = receipt?.format === FORMAT && names.sort().join() === "entry,format,keys,proof";
    if (!whole || typeof receipt.entry !== "string" || typeof receipt.proof !== "string" || !Array.isArray(receipt.keys)) {
      throw new Unreadable("form");
    }
    const proof = parseProof(receipt.proof);
    const named = await Promise.all(receipt.keys.map((key) => parseKey(String(key))));
    step(true, "form");
    const entry = JSON.parse(receipt.entry);
    const position = proof.index + 1;
    step(entry.position === position, entry.position === position ? "entry" : "entry-bad", { position });
    if (receipt.postings !== undefined) {
      const right = hex(await sha256(utf8.encode(receipt.postings))) === entry.postings_sha256;
      step(right, right ? "postings" : "postings-bad");
    }
    const { note } = proof;
    const root = await rootOf(await sha256([0], utf8.encode(receipt.entry)), proof.index, note.size, proof.path);
    const inTree = root !== null && same(root, note.root);
    step(inTree, inTree ? "tree" : "tree-bad", { size: note.size });
    return { steps, entry, note, ...(await signatures(note, named, given, step)) };
  };
  const signatures = async (note, named, given, step) => {
    const keys = [...given.keys, ...named.filter((key) => !given.keys.some((own) => own.text === key.text))];
    let trusted = false;
    let strange = false;
    for (const line of note.signatures) {
      const key = keys.find((each) => each.name === line.name && each.id === line.id);
      if (!key) {
        step(false, "signature-strange", { name: line.name });
        continue;
      }
      const values = { name: key.name, algorithm: key.algorithm };
      const ok = await holds(key, note, line);
      const own = given.keys.includes(key);
      if (ok === false) step(false, "signature-bad", values);
      else if (ok === null) step(null, "signature-unknown", values);
      else if (key.name !== note.origin) step(true, "witnessed", { ...values, time: moment(Number(timeOf(line)) * 1000) });
      else step(true, own ? (given.byReader ? "signed-given" : "signed") : "signed-strange", values);
      trusted ||= ok === true && own && key.name === note.origin;
      strange ||= ok === true && !own && key.name === note.origin;
    }
    const signedBy = (key) => note.signatures.some((line) => line.name === key.name && line.id === key.id);
    const log = (given.byReader ? given.keys : keys).filter((key) => key.name === note.origin);
    if (!log.some(signedBy) || named.some((key) => !signedBy(key))) step(false, "signature-missing", { name: note.origin });
    return { trusted, strange };
  };

  // ---- the page
  const locale = document.documentElement.lang;
  const moment = (value) => {
    const date = new Date(value);
    return Number.isNaN(date.getTime())
      ? String(value)
      : date.toLocaleString(locale, { dateStyle: "long", timeStyle: "long" });
  };
  const money = (amount, currency) => {
    if (!Number.isInteger(amount)) return "";
    try {
      const format = new Intl.NumberFormat(locale, { style: "currency", currency });
      return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
    } catch {
      return `${amount} ${currency || ""}`;
    }
  };
  const facts = (entry) => {
    const { event } = entry;
    const data = event?.data || {};
    const title = document.querySelector(`#words [data-event="${CSS.escape(event?.type || "")}"]`);
    const subject = ["pledge", "campaign", "loan", "bid", "investor", "rule"].filter((name) => typeof data[name] === "string");
    return {
      what: title ? title.textContent : event?.type,
      amount: money(data.amount ?? data.goal, data.currency || entry.postings?.[0]?.[1]),
      subject: subject.map((name) => data[name]).join(" · "),
      source: event?.source,
      time: event?.time && moment(event.time),
      recorded: entry.recorded_at && moment(entry.recorded_at),
      position: entry.position?.toLocaleString(locale),
    };
  };
  const show = (kind, found, reason) => {
    const box = at("verdict");
    box.className = `verdict verdict-${{ genuine: "good", own: "doubt", unknown: "doubt" }[kind] || "bad"}`;
    box.querySelector("h2").textContent = said(kind);
    box.querySelector("header p").textContent = reason || said(`${kind}-why`, { name: found?.note.origin });
    at("steps").replaceChildren(
      ...(found?.steps || []).map(({ ok, text }) => {
        const item = document.createElement("li");
        item.className = ok ? "ok" : ok === null ? "open" : "no";
        item.textContent = text;
        return item;
      }),
    );
    const values = found && kind !== "bad" ? facts(found.entry) : {};
    for (const term of at("facts").querySelectorAll("dt")) {
      const value = values[term.dataset.fact];
      term.nextElementSibling.textContent = value || "";
      term.hidden = term.nextElementSibling.hidden = !value;
    }
    at("facts").hidden = kind === "bad" || !found;
    box.querySelector("h3").hidden = !found;
    box.querySelector("details").hidden = !found || kind === "bad";
    at("entry").textContent = found ? found.raw : "";
    box.hidden = false;
    box.querySelector("h2").focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  };
  const judge = ({ steps, trusted, strange }) => {
    if (steps.some(({ ok }) => ok === false)) return "bad";
    if (trusted) return "genuine";
    // Whole as far as one can see: either no signature could be checked, or only by a key that nobody here knows.
    return strange ? "own" : "unknown";
  };
  const check = async (text) => {
    if (!globalThis.crypto?.subtle) return show("unknown", null, said("no-crypto"));
    if (text.length > BYTES_MAX) return show("unreadable", null, said("too-large"));
    const typed = at("key").value.trim();
    let given;
    try {
      const texts = typed ? typed.split(/\s+/) : Array.from(document.querySelectorAll("[data-key]"), (each) => each.textContent);
      given = { byReader: Boolean(typed), keys: await Promise.all(texts.map(parseKey)) };
    } catch {
      return show("unreadable", null, said("key-bad"));
    }
    try {
      const parsed = JSON.parse(text);
      const receipt = parsed?.items?.[0] ?? parsed?.receipts?.[0] ?? parsed;
      const found = await examine(receipt, given);
      return show(judge(found), { ...found, raw: receipt.entry });
    } catch (error) {
      if (!(error instanceof Unreadable || error instanceof SyntaxError || error instanceof TypeError)) throw error;
      return show("unreadable", null);
    }
  };
  const take = async (file) => {
    if (!file) return;
    at("text").value = file.size > BYTES_MAX ? "" : await file.text();
    if (file.size > BYTES_MAX) show("unreadable", null, said("too-large"));
    else await check(at("text").value);
  };
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    check(at("text").value);
  });
  at("file").addEventListener("change", () => take(at("file").files[0]));
  const drop = at("drop");
  for (const kind of ["dragover", "dragenter", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover" || kind === "dragenter");
      if (kind === "drop") take(event.dataTransfer.files[0]);
    });
  }
})();
