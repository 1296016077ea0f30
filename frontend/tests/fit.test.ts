import { describe, expect, it } from "vitest";
import type { Catalog, Spec } from "../src/api/documents";
import { machineNamed, onMachine } from "../src/request/fit";

const machine = (name: string, architecture: string, disk_types: string[], gpu: Spec["gpu"] = null) => ({
  name,
  series: name.split("-")[0] ?? "",
  vcpus: 4,
  memory_gib: "16",
  architecture,
  gpu,
  disk_types,
});

const image = (family: string, architecture: string) => ({
  family,
  os: "Ubuntu",
  version: "26.04 LTS",
  architecture,
  min_disk_gib: 10,
  supported: true,
});

const CATALOG: Catalog = {
  machine_types: [
    machine("e2-standard-4", "X86_64", ["pd-balanced", "pd-ssd"]),
    machine("n4-standard-4", "X86_64", ["hyperdisk-balanced"]),
    machine("g2-standard-4", "X86_64", ["pd-balanced"], { type: "nvidia-l4", count: 1 }),
    machine("t2a-standard-4", "ARM64", ["pd-balanced"]),
  ],
  images: [image("ubuntu-amd64", "X86_64"), image("ubuntu-arm64", "ARM64")],
  regions: [],
  packages: [],
  disk_types: [],
  gpus: [],
};

const SPEC: Spec = {
  machine_type: "e2-standard-4",
  os_image: "ubuntu-amd64",
  packages: ["django"],
  disk_gib: 30,
  disk_type: "pd-balanced",
  gpu: null,
  ports: [8000],
  region: null,
  duration: "2h",
  spot: false,
  environment: "development",
};

describe("another machine type", () => {
  it("brings the disk type that its series takes", () => {
    expect(onMachine(SPEC, "n4-standard-4", CATALOG)).toEqual({
      ...SPEC,
      machine_type: "n4-standard-4",
      disk_type: "hyperdisk-balanced",
    });
  });

  it("brings its own GPU, and takes it away again", () => {
    const gpu = onMachine(SPEC, "g2-standard-4", CATALOG);
    expect(gpu.gpu).toEqual({ type: "nvidia-l4", count: 1 });
    expect(onMachine(gpu, "e2-standard-4", CATALOG)).toEqual(SPEC);
  });

  it("takes a machine's own GPU away after a name that there is not, and leaves one that was attached", () => {
    const gpu = onMachine(SPEC, "g2-standard-4", CATALOG);
    expect(onMachine(onMachine(gpu, "nonsense-4", CATALOG), "e2-standard-4", CATALOG).gpu).toBeNull();
    const attached = { ...SPEC, gpu: { type: "nvidia-tesla-t4", count: 1 } };
    expect(onMachine(attached, "n4-standard-4", CATALOG).gpu).toEqual(attached.gpu);
  });

  it("may be a custom one, which is of its series in the size of its name", () => {
    expect(machineNamed("n4-custom-6-20480", CATALOG)).toEqual({
      ...machine("n4-custom-6-20480", "X86_64", ["hyperdisk-balanced"]),
      vcpus: 6,
      memory_gib: "20",
    });
    expect(onMachine(SPEC, "n4-custom-6-20480", CATALOG).disk_type).toBe("hyperdisk-balanced");
  });

  it("is left to the server where its series is unknown", () => {
    expect(machineNamed("z9-custom-6-20480", CATALOG)).toBeUndefined();
    expect(onMachine(SPEC, "z9-custom-6-20480", CATALOG)).toEqual({
      ...SPEC,
      machine_type: "z9-custom-6-20480",
    });
  });

  it("brings the same system for its architecture", () => {
    expect(onMachine(SPEC, "t2a-standard-4", CATALOG).os_image).toBe("ubuntu-arm64");
  });
});
