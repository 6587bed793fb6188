/** Waiting that can be cut short. */
export class Pause {
  #end: (() => void) | undefined;

  /** Resolves after so long, or as soon as `end()` is called; rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.#end = undefined;
      };
      const abort = (): void => {
        finish();
        reject(signal.reason as Error);
      };
      const end = (): void => {
        finish();
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', abort);
      this.#end = end;
    });
  }

  /** Whether something waited. */
  end(): boolean {
    const waited = this.#end !== undefined;
    this.#end?.();
    return waited;
  }
}
