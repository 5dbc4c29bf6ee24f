/** Files of what is unsent, as a person saves and opens them. */

import { type Delivered, delivered, exported } from "../sync/handover";
import { sendNow, stores } from "./acts";

export async function downloadUnsent(): Promise<void> {
  const { box, caller } = stores();
  if (!caller) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([await exported(box, caller)], { type: "application/json" }));
  link.download = `outpost-gate-${new Date().toISOString().slice(0, 16).replace(/\D/g, "")}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export async function openFile(file: File): Promise<Delivered | null> {
  const result = await delivered(await file.text());
  sendNow(); // what was delivered by the file is confirmed here by its repetition
  return result;
}
