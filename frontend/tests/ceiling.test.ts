import { describe, expect, it } from "vitest";
import type { Quote } from "../src/api/documents";
import { ceilingTotal } from "../src/parts/price-bars";

const QUOTE: Quote = {
  id: "q",
  currency: "USD",
  region: "us-west1",
  hourly: "0.0730",
  total: "0.1460",
  lines: [],
  regions: [
    { region: "us-west1", total: "0.1460", eligible: true, because: "" },
    { region: "europe-west2", total: "0.1871", eligible: true, because: "" },
    { region: "asia-south2", total: "0.0900", eligible: false, because: "drained" },
    { region: "europe-west9", total: null, eligible: true, because: "no price" },
  ],
  max_total: "0.1871",
  worst_case: { until: "2026-01-01T00:00:00Z", total: "2.00" },
  fits_now: true,
  saving: null,
  not_included: [],
  restarts: false,
  consequences: [],
  priced_at: "2026-01-01T00:00:00Z",
  valid_until: "2026-01-01T00:15:00Z",
};

describe("the ceiling that is approved", () => {
  it("is the dearest eligible region's price unless another is chosen", () => {
    expect(ceilingTotal(QUOTE, null)).toBe("0.1871");
  });

  it("is the chosen region's price", () => {
    expect(ceilingTotal(QUOTE, "us-west1")).toBe("0.1460");
  });

  it.each(["asia-south2", "europe-west9", "gone-1"])(
    "is the dearest again when %s cannot hold it",
    (region) => {
      expect(ceilingTotal(QUOTE, region)).toBe("0.1871");
    },
  );
});
