import type { Catalog, MachineType, Spec } from "../api/documents";

const CUSTOM = /^(?:([a-z]\d[a-z]?)-)?custom-(\d+)-(\d+)$/;

/** A machine type by its name. A custom one is not listed: it is of its series, in the size that its name says. */
export function machineNamed(name: string, catalog: Catalog): MachineType | undefined {
  const listed = catalog.machine_types.find((type) => type.name === name);
  const parts = CUSTOM.exec(name);
  if (listed || !parts) return listed;
  const kin = catalog.machine_types.find((type) => type.series === (parts[1] ?? "n1"));
  const memory_gib = String(Number(parts[3]) / 1024);
  return kin && { ...kin, name, vcpus: Number(parts[2]), memory_gib, gpu: null };
}

/**
 * The spec on another machine type, with what has to change with it: a GPU that comes with the machine, a disk type
 * that its series takes, an image for its architecture. Everything else stays as the person had it.
 */
export function onMachine(spec: Spec, name: string, catalog: Catalog): Spec {
  const machine = machineNamed(name, catalog);
  if (!machine) return { ...spec, machine_type: name };
  const builtIn = catalog.machine_types.some((type) => type.gpu && type.gpu.type === spec.gpu?.type);
  const takes = machine.disk_types.includes(spec.disk_type);
  return {
    ...spec,
    machine_type: name,
    gpu: machine.gpu ?? (builtIn ? null : spec.gpu),
    disk_type: takes ? spec.disk_type : (machine.disk_types[0] ?? spec.disk_type),
    os_image: sameSystem(spec.os_image, machine.architecture, catalog),
  };
}

/** The image of the same system and version for this architecture, or the image itself where there is none. */
function sameSystem(family: string, architecture: string, catalog: Catalog): string {
  const image = catalog.images.find((each) => each.family === family);
  const same = catalog.images.find(
    (each) => each.os === image?.os && each.version === image.version && each.architecture === architecture,
  );
  return image?.architecture === architecture ? family : (same?.family ?? family);
}
