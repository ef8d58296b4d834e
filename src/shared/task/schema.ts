/**
 * Every key of SkyPilot's task YAML, at every level, and what Styx does with it. Read from SkyPilot's `sky/utils/schemas.py`
 * (get_task_schema, get_resources_schema, get_storage_schema, get_service_schema, get_volume_schema), November 2026.
 * To honour a key: delete its `notYet` and read it in read-task.ts or read-resources.ts.
 */
export type SchemaKey = {
  /** What it is for, as the editor explains it. */
  about: string
  /** Why Styx refuses it, as a sentence. None: it is honoured. */
  notYet?: string
  /** Values to choose from in the editor. */
  values?: string[]
  /** The keys of a map that stands there. */
  keys?: SchemaKeys
  /** The keys of maps that stand there in a list, or under names of the user's own. */
  items?: SchemaKeys
}
export type SchemaKeys = { [key: string]: SchemaKey }

const INTERNAL = 'it is SkyPilot’s own and not for task files.'
const BUCKETS = 'Styx does not reach buckets yet.'
const DISKS = 'Styx does not attach volumes yet.'
const SERVICES = 'Styx does not run services yet.'
const POOLS = 'Styx does not keep pools of workers yet.'
const CONFIG = 'Styx has no settings of SkyPilot to override.'
const IMAGES = 'Styx does not choose images yet.'
const TPUS = 'Styx does not run on TPUs yet.'
const HOOKS = 'Styx does not run hooks yet.'
const RECOVERY = 'Styx does not start jobs again by itself yet.'
const MANAGED = 'Styx keeps no secrets by name yet.'

/** Keys that are refused for one reason, with what each is for. */
function refused(notYet: string, abouts: Record<string, string>): SchemaKeys {
  return Object.fromEntries(Object.entries(abouts).map(([key, about]) => [key, { about, notYet }]))
}

const volumeKeys = refused(DISKS, {
  disk_size: 'Size of the volume.',
  disk_tier: 'How fast it is.',
  path: 'Where it is mounted.',
  auto_delete: 'Deleted with the cluster.',
  storage_type: 'Network or instance.',
  name: 'Its name.',
  attach_mode: 'Read and write, or read only.',
})

/** What one candidate may say: `resources` itself, and each of `any_of` and `ordered`. */
const candidateKeys: SchemaKeys = {
  infra: {
    about: 'Where to run: a cloud, region and zone (`aws/us-east-1`), a Kubernetes context (`k8s/NAME`), or `local`.',
    values: ['local', 'ssh', 'aws', 'k8s'],
  },
  cloud: { about: 'The cloud alone; `infra` says the same and more.', values: ['local', 'ssh', 'aws', 'kubernetes'] },
  region: { about: 'The region of the cloud.' },
  zone: { about: 'The zone of the region.' },
  accelerators: {
    about:
      'GPUs of each node: a name, or a name and how many, as `H100:8`. A list takes the first that is free: `[H100:8, H200:8]`.',
  },
  cpus: { about: 'CPU cores of each node: `8`, or `8+` for at least 8.' },
  memory: { about: 'Memory of each node in GB: `32`, `32+` for at least 32, or with a unit, `64GB`.' },
  disk_size: { about: 'Size of the disk in GB, or with a unit, `1TB`.' },
  use_spot: { about: 'Spare capacity at a lower price, which may be taken away.', values: ['true', 'false'] },
  autostop: {
    about: 'Stop the cluster when idle: `true` (5 minutes), minutes, `1h`, or a map with `idle_minutes` and `down`.',
    values: ['true', 'false', '10m', '1h'],
    keys: {
      idle_minutes: { about: 'Minutes without work until it stops.' },
      down: { about: 'Terminate instead of stop.', values: ['true', 'false'] },
      wait_for: { about: 'What counts as work.', notYet: 'Styx waits for jobs, and for nothing else yet.' },
      ...refused(HOOKS, { hook: 'A command before it stops.', hook_timeout: 'How long that command may take.' }),
    },
  },
  instance_type: { about: 'The machine by its name at the cloud.', notYet: 'Styx does not choose machines by their type yet.' },
  disk_tier: { about: 'How fast the disk is.', notYet: 'Styx does not choose disks yet.' },
  network_tier: { about: 'How fast the network is.', notYet: 'Styx does not choose networks yet.' },
  local_disk: { about: 'A disk inside the machine.', notYet: 'Styx does not choose disks yet.' },
  ephemeral_storage: { about: 'An older name for `disk_size`.', notYet: 'it is an older name for `disk_size`.' },
  max_hourly_cost: { about: 'The most it may cost an hour.', notYet: 'Styx does not hold a task to a price yet.' },
  ports: { about: 'Ports open to the internet.', notYet: 'Styx does not open ports yet.' },
  labels: { about: 'Labels for the machines.', notYet: 'Styx does not label machines by the task yet.' },
  image_id: { about: 'The image of the machine or container.', notYet: IMAGES },
  priority: { about: 'Before or behind other jobs.', notYet: 'Styx runs jobs in the order they came.' },
  priority_class: { about: 'Kubernetes’ class of priority.', notYet: 'Styx runs jobs in the order they came.' },
  accelerator_args: {
    about: 'Settings for TPUs.',
    notYet: TPUS,
    keys: refused(TPUS, {
      runtime_version: 'Version of the TPU’s software.',
      tpu_name: 'Name of the TPU.',
      tpu_vm: 'A TPU VM, or a TPU node.',
      gcp_queued_resource: 'Wait in Google’s queue.',
    }),
  },
  job_recovery: {
    about: 'What happens when a spot machine is taken away.',
    notYet: RECOVERY,
    keys: refused(RECOVERY, {
      strategy: 'Same region first, or the next at once.',
      max_restarts_on_errors: 'How often after an error of the task’s own.',
      recover_on_exit_codes: 'After which exit codes.',
    }),
  },
  volumes: { about: 'Disks of the cloud.', notYet: DISKS, items: volumeKeys },
  _no_missing_accel_warnings: { about: '', notYet: INTERNAL },
  _docker_login_config: {
    about: '',
    notYet: INTERNAL,
    keys: refused(INTERNAL, { username: '', password: '', server: '' }),
  },
  _is_image_managed: { about: '', notYet: INTERNAL },
  _requires_fuse: { about: '', notYet: INTERNAL },
  _cluster_config_overrides: { about: '', notYet: INTERNAL },
}

/** In one of several candidates: it belongs to the cluster, whichever candidate it is made of. */
const inCandidates: SchemaKeys = {
  ...candidateKeys,
  autostop: { ...candidateKeys.autostop!, notYet: 'it holds for the whole cluster; write it once, directly in `resources`.' },
}

export const resourceKeys: SchemaKeys = {
  ...candidateKeys,
  any_of: { about: 'A list of candidates; any of them will do.', items: inCandidates },
  ordered: { about: 'A list of candidates, tried in this order.', items: inCandidates },
}

const storageKeys: SchemaKeys = {
  ...refused(BUCKETS, {
    name: 'Name of the bucket.',
    source: 'A bucket, or what is put into it.',
    store: 'Whose bucket: s3, gcs, azure, r2 ….',
    persistent: 'Kept when the cluster is gone.',
    mode: 'MOUNT, COPY or MOUNT_CACHED.',
    mount_options: 'Options for the mount.',
    type: 'What kind of mount it is.',
  }),
  config: {
    about: 'Settings of the mount.',
    notYet: BUCKETS,
    keys: {
      ...refused(DISKS, {
        disk_size: 'Size of the volume.',
        disk_tier: 'How fast it is.',
        storage_type: 'Network or instance.',
        attach_mode: 'Read and write, or read only.',
      }),
      mount_cached: {
        about: 'Settings of the cache.',
        notYet: BUCKETS,
        keys: refused(BUCKETS, {
          transfers: 'Transfers at once.',
          buffer_size: 'Memory for each open file.',
          vfs_cache_max_size: 'Most the cache holds.',
          vfs_cache_max_age: 'How long the cache keeps a file.',
          vfs_read_ahead: 'How far it reads ahead.',
          vfs_read_chunk_size: 'Size of a read.',
          vfs_read_chunk_streams: 'Reads at once.',
          vfs_write_back: 'How long until it is written.',
          read_only: 'Nothing may be written.',
        }),
      },
      mount: {
        about: 'Settings of the mount.',
        notYet: BUCKETS,
        keys: refused(BUCKETS, { read_only: 'Nothing may be written.', hf_mount_args: 'Flags for Hugging Face’s mount.' }),
      },
    },
  },
  ...refused(INTERNAL, { _is_sky_managed: '', _bucket_sub_path: '', _force_delete: '' }),
}

const poolKeys = refused(POOLS, {
  workers: 'How many workers.',
  min_workers: 'At least so many.',
  max_workers: 'At most so many.',
  queue_length_threshold: 'More workers from this length of the queue.',
  upscale_delay_seconds: 'Wait before more.',
  downscale_delay_seconds: 'Wait before fewer.',
})

const serviceKeys: SchemaKeys = {
  readiness_probe: {
    about: 'The path that answers once a replica is ready.',
    notYet: SERVICES,
    keys: refused(SERVICES, {
      path: 'The path.',
      initial_delay_seconds: 'Wait before the first question.',
      timeout_seconds: 'How long an answer may take.',
      endpoint_probe_interval_seconds: 'Time between questions.',
      consecutive_failure_threshold_timeout: 'How long it may fail.',
      post_data: 'What to send.',
      headers: 'Headers to send.',
    }),
  },
  load_balancer: {
    about: 'The load balancer.',
    notYet: SERVICES,
    keys: refused(SERVICES, { stream_timeout_seconds: 'How long a stream may rest.' }),
  },
  pool: { about: 'A pool of workers.', notYet: POOLS, keys: poolKeys },
  replica_policy: {
    about: 'How many replicas, by load.',
    notYet: SERVICES,
    keys: refused(SERVICES, {
      min_replicas: 'At least so many.',
      max_replicas: 'At most so many.',
      num_overprovision: 'So many more than needed.',
      target_qps_per_replica: 'Questions a second for each.',
      dynamic_ondemand_fallback: 'On-demand while no spot is to be had.',
      base_ondemand_fallback_replicas: 'Always so many on-demand.',
      spot_placer: 'How spot replicas are spread.',
      upscale_delay_seconds: 'Wait before more.',
      downscale_delay_seconds: 'Wait before fewer.',
    }),
  },
  ...refused(SERVICES, {
    ports: 'The port it answers on.',
    replicas: 'How many replicas.',
    workers: 'How many workers.',
    load_balancing_policy: 'How questions are spread.',
  }),
  tls: {
    about: 'Encryption.',
    notYet: SERVICES,
    keys: refused(SERVICES, { keyfile: 'The private key.', certfile: 'The certificate.' }),
  },
}

const configKeys: SchemaKeys = {
  docker: { about: 'Docker.', notYet: CONFIG, keys: refused(CONFIG, { run_options: 'Options for docker run.' }) },
  nvidia_gpus: { about: 'GPUs.', notYet: CONFIG, keys: refused(CONFIG, { disable_ecc: 'Switch ECC off.' }) },
  ssh: {
    about: 'SSH machines.',
    notYet: CONFIG,
    keys: refused(CONFIG, {
      custom_metadata: 'Labels and annotations.',
      pod_config: 'The pod’s specification.',
      provision_timeout: 'How long to wait for it.',
    }),
  },
  kubernetes: {
    about: 'Kubernetes.',
    notYet: CONFIG,
    keys: refused(CONFIG, {
      custom_metadata: 'Labels and annotations.',
      pod_config: 'The pod’s specification.',
      provision_timeout: 'How long to wait for it.',
      dws: 'Google’s workload scheduler.',
      kueue: 'Kueue’s queue.',
      remote_identity: 'The pod’s account.',
    }),
  },
  gcp: {
    about: 'Google Cloud.',
    notYet: CONFIG,
    keys: refused(CONFIG, {
      managed_instance_group: 'Machines as a group.',
      enable_gvnic: 'Google’s network card.',
      enable_gpu_direct: 'GPUDirect.',
      placement_policy: 'How close the machines are.',
    }),
  },
  vast: {
    about: 'Vast.',
    notYet: CONFIG,
    keys: refused(CONFIG, { datacenter_only: 'No machines at homes.', create_instance_kwargs: 'More for its API.' }),
  },
  active_workspace: { about: 'SkyPilot’s workspace.', notYet: CONFIG },
  hooks: {
    about: 'Commands before the cluster ends.',
    notYet: HOOKS,
    items: refused(HOOKS, { run: 'The command.', events: 'Before what.', timeout: 'How long it may take.' }),
  },
}

const POOL = { about: 'A pool of workers.', notYet: POOLS, keys: poolKeys }

/** The keys of a task. */
export const taskKeys: SchemaKeys = {
  name: { about: 'What the job is called.' },
  workdir: {
    about: 'A folder of this computer that is sent along, or a Git repository; setup and run begin in it.',
    keys: { url: { about: 'A Git repository.' }, ref: { about: 'Its branch, tag or commit.' } },
  },
  num_nodes: { about: 'On how many nodes it runs.' },
  resources: { about: 'What each node must have.', keys: resourceKeys },
  envs: { about: 'Environment variables for setup and run. `null`: the value is given when it is submitted.' },
  secrets: { about: 'Like envs, but never kept with the job. Write `null`, and give the value in the form.' },
  file_mounts: {
    about:
      'Files and folders that are sent along: where on the node, and which of this computer; or s3://, gs:// and https:// addresses, which the node fetches.',
    items: storageKeys,
  },
  setup: { about: 'Commands that prepare the node, before run.' },
  run: { about: 'The commands of the task, on every node.' },
  event_callback: {
    about: 'A command for each change of the job’s state.',
    notYet: 'Styx does not call commands for events yet.',
  },
  service: { about: 'Serve a model.', notYet: SERVICES, keys: serviceKeys },
  pool: POOL,
  managed_secrets: { about: 'Secrets that SkyPilot keeps, by name, and where each is written (`mount_path`).', notYet: MANAGED },
  inputs: { about: 'Where its data lies.', notYet: BUCKETS },
  outputs: { about: 'Where its results go.', notYet: BUCKETS },
  file_mounts_mapping: { about: '', notYet: INTERNAL },
  config: { about: 'Settings of SkyPilot for this task.', notYet: CONFIG, keys: configKeys },
  volumes: {
    about: 'Volumes of Kubernetes or the cloud.',
    notYet: DISKS,
    items: {
      ...refused(DISKS, {
        name: 'Its name.',
        type: 'What kind it is.',
        infra: 'Where it is.',
        size: 'Its size.',
        use_existing: 'It is there already.',
        labels: 'Its labels.',
      }),
      config: {
        about: 'Its settings.',
        notYet: DISKS,
        keys: refused(DISKS, {
          storage_class_name: 'Kubernetes’ storage class.',
          access_mode: 'Who may write.',
          namespace: 'Kubernetes’ namespace.',
          host_path: 'A folder of the machine.',
          cleanup_on_deletion: 'Emptied when it is deleted.',
        }),
      },
    },
  },
  volume_mounts: {
    about: '',
    notYet: INTERNAL,
    items: {
      ...refused(INTERNAL, { path: '', volume_name: '', is_ephemeral: '', sub_path: '' }),
      volume_config: { about: '', notYet: INTERNAL, keys: refused(INTERNAL, { cloud: '', region: '', zone: '' }) },
    },
  },
  api_server_access: { about: 'May the task call SkyPilot’s server?', notYet: 'there is no SkyPilot server here.' },
  _metadata: { about: '', notYet: INTERNAL },
}

/** The keys of the first of several documents, which holds for all of them. */
export const pipelineKeys: SchemaKeys = {
  name: { about: 'What they are called together.' },
  ...refused('Styx runs one task of a file at a time.', {
    execution: 'One after the other, or all at once.',
    primary_tasks: 'When these end, all end.',
    termination_delay: 'How long the others may go on.',
  }),
}

/** What people write who come from elsewhere. */
export const otherNames: Record<string, string> = {
  cmd: 'run',
  command: 'run',
  commands: 'run',
  script: 'run',
  env: 'envs',
  environment: 'envs',
  variables: 'envs',
  secret: 'secrets',
  mounts: 'file_mounts',
  files: 'file_mounts',
  nodes: 'num_nodes',
  working_dir: 'workdir',
  gpu: 'accelerators',
  gpus: 'accelerators',
  cpu: 'cpus',
  mem: 'memory',
  ram: 'memory',
  disk: 'disk_size',
  spot: 'use_spot',
  image: 'image_id',
  instance: 'instance_type',
  spot_recovery: 'job_recovery',
  auto_stop: 'autostop',
}
