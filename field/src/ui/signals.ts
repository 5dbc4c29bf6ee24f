/** What is heard and felt: one sound a meaning, so that nobody has to look. */

export type Signal = "stored" | "good" | "look" | "bad";

/** Tones as pairs of hertz and milliseconds; the same lengths are felt. */
const TONES: Record<Signal, [number, number][]> = {
  stored: [[1200, 90]],
  good: [
    [880, 90],
    [1320, 140],
  ],
  look: [
    [660, 140],
    [0, 60],
    [660, 140],
  ],
  bad: [
    [220, 220],
    [0, 80],
    [220, 220],
    [0, 80],
    [220, 320],
  ],
};

let sounds: AudioContext | null = null;

export function signal(meaning: Signal): void {
  navigator.vibrate?.(TONES[meaning].map(([, length]) => length));
  sounds ??= new AudioContext();
  void sounds.resume();
  let at = sounds.currentTime;
  for (const [pitch, length] of TONES[meaning]) {
    if (pitch) tone(sounds, pitch, at, length / 1000);
    at += length / 1000;
  }
}

function tone(context: AudioContext, pitch: number, from: number, length: number): void {
  const source = new OscillatorNode(context, { frequency: pitch, type: "square" });
  source.connect(new GainNode(context, { gain: 0.2 })).connect(context.destination);
  source.start(from);
  source.stop(from + length);
}
