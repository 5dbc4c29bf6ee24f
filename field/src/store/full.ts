/** What happens when this device can store no more: the browser ends the transaction, and nothing of it is there. */

/** False when the browser did not store it: its space is used up, or its disk refuses. Nothing that stood is touched. */
export async function stored(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
