/** The fast way of reading ranges against JSON.parse and the check of plain lists. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Ranges, Recounted } from "../../fold/recounted.ts";
import { furthestEnd, packedProblem } from "../check-ranges.ts";
import { RangeReader } from "./split-ranges.ts";

const small = fc.nat({ max: 40 });
const number = fc.oneof(small, small, fc.integer({ min: -5, max: 2 ** 31 }), fc.double({ noNaN: true }));
/** Forests, lists that are none, and lists that hold anything. */
const lists = fc.oneof(
  fc.array(fc.tuple(fc.nat({ max: 3 }), small, fc.integer({ min: -3, max: 9 })), { maxLength: 300 }),
  fc.array(fc.tuple(number, number, number), { maxLength: 8 }),
  fc.array(
    number.map((one) => [one]),
    { maxLength: 8 },
  ),
);
const spellings = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.replace(/(\d),/, "0$1,"),
  (text: string) => text.replace(",", ", "),
  (text: string) => text.replace(/\d+/, "-0"),
  (text: string) => text.replace(/\d+/, "123456789012"),
  (text: string) => text.replace(/\d/, ""),
);

test("what is scanned equals what JSON.parse reads, and so does what is wrong with it", () => {
  const reader = new RangeReader();
  fc.assert(
    fc.property(fc.array(lists, { minLength: 1, maxLength: 3 }), spellings, (groups, respell) => {
      const scripts = groups.map((triples) => `{"ranges":${respell(JSON.stringify(triples.flat()))}}`);
      const text = `{"scripts":[${scripts.join(",")}]}`;
      let wanted: { scripts: { ranges: number[] }[] };
      try {
        wanted = JSON.parse(text);
      } catch {
        expect(() => reader.parse(Buffer.from(text))).toThrow(SyntaxError);
        return;
      }
      const found = reader.parse(Buffer.from(text)) as { scripts: { ranges: Ranges }[] };
      for (const [index, { ranges }] of found.scripts.entries()) {
        const plain = wanted.scripts[index]?.ranges as number[];
        expect(Array.from(ranges instanceof Recounted ? ranges.list() : ranges)).toEqual(plain);
        expect(packedProblem(ranges)).toEqual(packedProblem(plain));
        if (packedProblem(plain) === undefined) expect(furthestEnd(ranges)).toBe(furthestEnd(plain));
      }
    }),
    { numRuns: 2000 },
  );
});
