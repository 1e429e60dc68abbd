import { layout } from '../../../../src/protocol/numbers/layout.js';
import type { Operation } from '../../../../src/protocol/operations.js';
import { shapes } from '../../../../src/protocol/shapes.js';

/** Decodes the operations of a plan, as tsrun-init reads them (native/plan_format.h); all texts become strings. */
export function decodePlan(plan: Uint8Array): readonly Operation[] {
  const view = new DataView(plan.buffer, plan.byteOffset, plan.byteLength);
  const number = (at: number): number => Number(view.getBigInt64(at, true));
  const text = (at: number): string => {
    const start = view.getUint32(at, true);
    return Buffer.from(plan.subarray(start, start + view.getUint32(at + 4, true))).toString();
  };
  return Array.from({ length: view.getUint32(12, true) }, (_, index) => {
    const record = layout.headerSize + layout.recordSize * index;
    const found = Object.entries(shapes).find(([, { id }]) => id === view.getUint16(record, true));
    if (found === undefined) throw new Error(`operation ${index} of the plan is unknown`);
    const [op, { numbers, texts }] = found;
    return Object.fromEntries([
      ['op', op],
      ...numbers.map((name, i) => [name, number(record + layout.numbersOffset + 8 * i)]),
      ...texts.map((name, i) => [name, text(record + layout.textsOffset + 8 * i)]),
    ]) as Operation;
  });
}
