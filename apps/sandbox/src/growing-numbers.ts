type NumberArray = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A list of numbers that costs what a typed array costs. */
export class GrowingNumbers {
  #values: NumberArray;
  length = 0;

  constructor(private readonly kind: new (length: number) => NumberArray) {
    this.#values = new kind(1_024);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const wider = new this.kind(this.#values.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.length++] = value;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  clear(): void {
    this.length = 0;
  }
}
