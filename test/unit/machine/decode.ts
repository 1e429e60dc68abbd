import { operations, type Operation, type OperationName } from '../../../src/protocol/operations.js';

const [headerSize, recordSize, numbersOffset, textsOffset] = [16, 104, 8, 72];

/** The operations of an encoded plan, as tsrun-init reads them (native/plan_format.h); all texts are strings. */
export function decodePlan(plan: Uint8Array): readonly Operation[] {
  const view = new DataView(plan.buffer, plan.byteOffset, plan.byteLength);
  const count = view.getUint32(12, true);
  return Array.from({ length: count }, (_, index) => {
    const record = headerSize + recordSize * index;
    const id = view.getUint16(record, true);
    const [op, shape] = Object.entries(operations).find(([, { id: other }]) => other === id) as [
      OperationName,
      (typeof operations)[OperationName],
    ];
    const numbers = shape.numbers.map((name, i) => [name, Number(view.getBigInt64(record + numbersOffset + 8 * i, true))]);
    const texts = shape.texts.map((name, i) => {
      const at = record + textsOffset + 8 * i;
      const start = view.getUint32(at, true);
      return [name, Buffer.from(plan.subarray(start, start + view.getUint32(at + 4, true))).toString()];
    });
    return { op, ...Object.fromEntries([...numbers, ...texts]) } as Operation;
  });
}
