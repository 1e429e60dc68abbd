type Listener = (...values: readonly unknown[]) => void;

/** The parts of node:events that commander uses. This replaces that module in the executable (scripts/bundle.mjs). */
export class EventEmitter {
  private readonly listeners = new Map<string, Listener[]>();

  on(name: string, listener: Listener): this {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
    return this;
  }

  emit(name: string, ...values: readonly unknown[]): boolean {
    const listeners = this.listeners.get(name) ?? [];
    for (const listener of listeners) listener.apply(this, [...values]);
    return listeners.length > 0;
  }

  listenerCount(name: string): number {
    return this.listeners.get(name)?.length ?? 0;
  }
}
