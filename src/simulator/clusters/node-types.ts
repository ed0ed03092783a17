/** A machine type as list-node-types shows it. */
export interface NodeType {
  readonly node_type_id: string
  readonly instance_type_id: string
  readonly description: string
  readonly memory_mb: number
  readonly num_cores: number
  readonly category: string
  readonly node_instance_type: { readonly instance_type_id: string; readonly local_disks: number }
}

/** Per category: id, cores, memory in GiB. */
const families = {
  'General Purpose': [
    ['m4.large', 2, 8],
    ['m5.large', 2, 8],
    ['m5.xlarge', 4, 16],
    ['m5d.large', 2, 8],
    ['m5d.xlarge', 4, 16],
    ['m5d.2xlarge', 8, 32],
    ['m5d.4xlarge', 16, 64],
    ['m6id.large', 2, 8],
    ['m6id.xlarge', 4, 16],
  ],
  'Memory Optimized': [
    ['r5d.large', 2, 16],
    ['r5d.xlarge', 4, 32],
    ['r5d.2xlarge', 8, 64],
  ],
  'Storage Optimized': [
    ['i3.xlarge', 4, 30.5],
    ['i3.2xlarge', 8, 61],
    ['i3.4xlarge', 16, 122],
  ],
  'Compute Optimized': [
    ['c5d.xlarge', 4, 8],
    ['c5d.2xlarge', 8, 16],
  ],
  'GPU Accelerated': [
    ['g4dn.xlarge', 4, 16],
    ['g5.xlarge', 4, 16],
  ],
} as const

/** The machine types of this workspace's region. */
export const nodeTypes: readonly NodeType[] = Object.entries(families).flatMap(([category, types]) =>
  types.map(([id, cores, gibibytes]) => ({
    node_type_id: id,
    instance_type_id: id,
    description: id,
    category,
    num_cores: cores,
    memory_mb: gibibytes * 1024,
    // The families with a d in their name, and the storage and GPU ones, have disks of their own.
    node_instance_type: { instance_type_id: id, local_disks: /^(\w+d|i3|g\d\w*)\./.test(id) ? 1 : 0 },
  })),
)

const byId = new Map(nodeTypes.map((nodeType) => [nodeType.node_type_id, nodeType]))

/** The machine type with this id. */
export const nodeTypeWithId = (id: string): NodeType | undefined => byId.get(id)
