/** What Node lacks of a browser: IndexedDB, locks between tabs, a document with a language. */

import "fake-indexeddb/auto";

const held = new Set<string>();

async function request<T>(name: string, _options: LockOptions, work: (lock: Lock | null) => Promise<T>): Promise<T> {
  if (held.has(name)) return work(null);
  held.add(name);
  try {
    return await work({ name, mode: "exclusive" });
  } finally {
    held.delete(name);
  }
}

Object.defineProperty(globalThis, "navigator", { value: { locks: { request } }, configurable: true });
Object.defineProperty(globalThis, "document", {
  value: { documentElement: { lang: "zh-CN" }, createElement: () => ({}), addEventListener: () => undefined },
});
