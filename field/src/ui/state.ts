/** What the screens show. Changed by `acts.ts` alone. */

import { computed, reactive } from "vue";
import type { List, Passed, Unwell } from "../domain/lists";
import type { Member, Setup } from "../domain/setup";
import type { Entry, Standing, Trace } from "../store/outbox";
import type { Word } from "./words";

export type Stage = "opening" | "pairing" | "members" | "gate" | "ended";

/** `list`: of a site, once it was opened; `passed`, `unwell`: who passed here, whose
 * temperature was too high, since the app was opened; `isFull`: the last entry could not be stored; `isUnfinished`:
 * somebody was begun and is not stored yet, `wasUnfinished`: so when it was locked; `tally`: how many today. `link`: what the last call met. `keysAt`, `keysAge`: when the keys were fetched, how long ago, in seconds. */
export interface State {
  stage: Stage;
  isSlow: boolean;
  setup: Setup | null;
  member: Member | null;
  list: List | null;
  passed: Passed;
  unwell: Unwell;
  tally: { enter: number; leave: number };
  checkpoint: string | null;
  standing: Standing;
  traces: Trace[];
  troubled: Entry[];
  link: "unknown" | "reached" | "away" | "busy" | "refused";
  isPersisted: boolean | null;
  isFull: boolean;
  isUnfinished: boolean;
  wasUnfinished: boolean;
  wasEmptied: boolean;
  hasOtherTab: boolean;
  isOutdated: boolean;
  isUpdateReady: boolean;
  ending: "revoked" | "unknown_device" | null;
  canVerify: boolean | null;
  skew: number | null;
  flash: Word | null;
}

export const state = reactive<State>({
  ...{ stage: "opening", isSlow: false, setup: null, member: null, checkpoint: null },
  ...{ list: null, passed: new Map(), unwell: new Map(), tally: { enter: 0, leave: 0 } },
  ...{ standing: { waiting: 0, confirmed: 0, troubled: 0, oldest: null }, traces: [], troubled: [] },
  ...{ link: "unknown", isPersisted: null, isFull: false, wasEmptied: false, hasOtherTab: false, isOutdated: false },
  ...{ isUnfinished: false, wasUnfinished: false, isUpdateReady: false, ending: null, canVerify: null, skew: null, flash: null },
});

export const checkpointName = computed(
  () => state.setup?.checkpoints.find(({ id }) => id === state.checkpoint)?.name ?? state.setup?.place.name ?? "",
);
