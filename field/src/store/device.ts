/** What this device knows: its name and key, the setup of its place, the clock, choices. Upgrades only add. */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { type Kept, NEVER } from "../domain/clock";
import type { Setup } from "../domain/setup";

export interface Tries {
  wrong: number;
  until: number;
}

export interface Facts {
  device: { id: string; keys: CryptoKeyPair };
  setup: Setup;
  clock: Kept;
  checkpoint: string;
  camera: string;
  tries: Record<string, Tries>;
  ending: "revoked" | "unknown_device";
}

interface Shape extends DBSchema {
  facts: { key: string; value: unknown };
}

export type Device = IDBPDatabase<Shape>;

/** `onBlocking` is told when a newer version in another tab waits for this one. */
export function openDevice(onBlocking: () => void, version = 1): Promise<Device> {
  return openDB<Shape>("outpost-device", version, {
    upgrade(database) {
      if (!database.objectStoreNames.contains("facts")) database.createObjectStore("facts");
    },
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      onBlocking();
    },
  });
}

export async function fact<K extends keyof Facts>(device: Device, name: K): Promise<Facts[K] | undefined> {
  return (await device.get("facts", name)) as Facts[K] | undefined;
}

export async function keep<K extends keyof Facts>(device: Device, name: K, value: Facts[K]): Promise<void> {
  await device.put("facts", value, name);
}

export const clockOf = async (device: Device): Promise<Kept> => (await fact(device, "clock")) ?? NEVER;

/** A device that was ended forgets its place; its key stays, to hand on what is unsent. */
export async function forgetPlace(device: Device, ending: Facts["ending"]): Promise<void> {
  const work = device.transaction("facts", "readwrite");
  for (const name of ["setup", "tries", "checkpoint"] satisfies (keyof Facts)[]) void work.store.delete(name);
  void work.store.put(ending, "ending");
  await work.done;
}
