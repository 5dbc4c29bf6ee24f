/** From what was stated at the gate to an entry that is on the disk: sealed before it is stored, never in clear. */

import { newId } from "../domain/ids";
import { seal } from "../domain/sealing";
import type { Statement } from "../domain/setup";
import { add, nextSeq, type Outbox } from "./outbox";

/** `at`: milliseconds of the device's clock. `label`: masked. */
export interface Stated {
  statement: Statement;
  memberId: string;
  at: number;
  skew: number | null;
  label: string;
  sealKey: string;
  tally?: [string, string] | null;
}

/** Resolves when the entry is stored: only then may the gate sound. */
export async function record(outbox: Outbox, stated: Stated): Promise<void> {
  const id = newId(Date.now());
  const at = new Date(stated.at).toISOString();
  for (;;) {
    const seq = await nextSeq(outbox);
    const sealed = await seal(stated.statement, id, seq, stated.sealKey);
    const rest = { member_id: stated.memberId, skew_ms: stated.skew, state: "waiting", code: null, message: null } as const;
    const trace = { seq, at, label: stated.label, verdict: stated.statement.verdict, state: "waiting" } as const;
    if (await add(outbox, { seq, id, at, sealed, ...rest }, trace, stated.tally ?? null)) return;
  }
}
