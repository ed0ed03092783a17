import type { Cloud } from './clouds.ts'

/** A machine type as list-node-types shows it. */
export interface NodeType {
  readonly node_type_id: string
  readonly instance_type_id: string
  readonly description: string
  readonly memory_mb: number
  readonly num_cores: number
  readonly num_gpus: number
  readonly category: string
  readonly is_deprecated: boolean
  readonly is_hidden: boolean
  readonly is_graviton: boolean
  readonly is_io_cache_enabled: boolean
  readonly is_encrypted_in_transit: boolean
  readonly display_order: number
  readonly support_cluster_tags: boolean
  readonly support_ebs_volumes: boolean
  readonly support_port_forwarding: boolean
  readonly photon_driver_capable: boolean
  readonly photon_worker_capable: boolean
  readonly node_info: { readonly available_core_quota: number; readonly total_core_quota: number }
  readonly node_instance_type: {
    readonly instance_type_id: string
    readonly local_disks: number
    readonly local_disk_size_gb: number
  }
}

/** Id, cores, memory in GiB, size in GB of the local disk (0: none). */
type Row = readonly [string, number, number, number]

const general = 'General Purpose'
const memory = 'Memory Optimized'
const storage = 'Storage Optimized'
const compute = 'Compute Optimized'
const gpu = 'GPU Accelerated'

const families: Readonly<Record<Cloud, Readonly<Record<string, readonly Row[]>>>> = {
  AWS: {
    [general]: [
      ['m4.large', 2, 8, 0],
      ['m5.large', 2, 8, 0],
      ['m5.xlarge', 4, 16, 0],
      ['m5d.large', 2, 8, 75],
      ['m5d.xlarge', 4, 16, 150],
      ['m5d.2xlarge', 8, 32, 300],
      ['m5d.4xlarge', 16, 64, 300],
      ['m6id.large', 2, 8, 118],
      ['m6id.xlarge', 4, 16, 237],
    ],
    [memory]: [
      ['r5d.large', 2, 16, 75],
      ['r5d.xlarge', 4, 32, 150],
      ['r5d.2xlarge', 8, 64, 300],
    ],
    [storage]: [
      ['i3.xlarge', 4, 30.5, 950],
      ['i3.2xlarge', 8, 61, 1900],
      ['i3.4xlarge', 16, 122, 1900],
    ],
    [compute]: [
      ['c5d.xlarge', 4, 8, 100],
      ['c5d.2xlarge', 8, 16, 200],
    ],
    [gpu]: [
      ['g4dn.xlarge', 4, 16, 125],
      ['g5.xlarge', 4, 16, 250],
    ],
  },
  Azure: {
    [general]: [
      ['Standard_DS3_v2', 4, 14, 28],
      ['Standard_DS4_v2', 8, 28, 56],
      ['Standard_D4ads_v5', 4, 16, 150],
      ['Standard_D8ads_v5', 8, 32, 300],
      ['Standard_D4s_v5', 4, 16, 0],
    ],
    [memory]: [
      ['Standard_DS12_v2', 4, 28, 56],
      ['Standard_E4ds_v4', 4, 32, 150],
      ['Standard_E8ds_v4', 8, 64, 300],
    ],
    [storage]: [
      ['Standard_L4s', 4, 32, 678],
      ['Standard_L8s_v2', 8, 64, 1900],
    ],
    [compute]: [
      ['Standard_F4s', 4, 8, 16],
      ['Standard_F8s', 8, 16, 32],
    ],
    [gpu]: [['Standard_NC4as_T4_v3', 4, 28, 180]],
  },
  GCP: {
    [general]: [
      ['n1-standard-4', 4, 15, 0],
      ['n2-standard-4', 4, 16, 375],
      ['n2-standard-8', 8, 32, 375],
      ['e2-standard-4', 4, 16, 0],
    ],
    [memory]: [
      ['n2-highmem-4', 4, 32, 375],
      ['n2-highmem-8', 8, 64, 375],
    ],
    [compute]: [['n2-highcpu-8', 8, 8, 375]],
    [gpu]: [['a2-highgpu-1g', 12, 85, 375]],
  },
}

const nodeTypesOf = (cloud: Cloud): NodeType[] =>
  Object.entries(families[cloud])
    .flatMap(([category, rows]) => rows.map((row) => ({ category, row })))
    .map(({ category, row: [id, cores, gibibytes, disk] }, order) => ({
      node_type_id: id,
      instance_type_id: id,
      description: id,
      category,
      num_cores: cores,
      num_gpus: category === gpu ? 1 : 0,
      memory_mb: gibibytes * 1024,
      is_deprecated: id.startsWith('m4.'),
      is_hidden: false,
      is_graviton: false,
      is_io_cache_enabled: category === storage,
      is_encrypted_in_transit: false,
      display_order: order,
      support_cluster_tags: true,
      support_ebs_volumes: cloud === 'AWS',
      support_port_forwarding: true,
      photon_driver_capable: category !== gpu,
      photon_worker_capable: category !== gpu,
      node_info: { available_core_quota: 350, total_core_quota: 350 },
      node_instance_type: {
        instance_type_id: id,
        local_disks: disk > 0 ? 1 : 0,
        local_disk_size_gb: disk,
      },
    }))

/** The machine types of the workspace's region. */
export const nodeTypes: Readonly<Record<Cloud, readonly NodeType[]>> = {
  AWS: nodeTypesOf('AWS'),
  Azure: nodeTypesOf('Azure'),
  GCP: nodeTypesOf('GCP'),
}

const byId: Readonly<Record<Cloud, ReadonlyMap<string, NodeType>>> = {
  AWS: mapped(nodeTypes.AWS),
  Azure: mapped(nodeTypes.Azure),
  GCP: mapped(nodeTypes.GCP),
}

function mapped(types: readonly NodeType[]): Map<string, NodeType> {
  return new Map(types.map((type) => [type.node_type_id, type]))
}

/** The machine type with this id. */
export const nodeTypeWithId = (id: string, cloud: Cloud): NodeType | undefined => byId[cloud].get(id)

/** Whether machines of this type have a graphics processor. */
export const hasGpu = (id: string, cloud: Cloud): boolean => (nodeTypeWithId(id, cloud)?.num_gpus ?? 0) > 0
