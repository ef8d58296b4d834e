import { type Ray, rayAddress } from '../../shared/ray.ts'

/** What one needs to run Python of the cluster's Ray on one of its nodes. All paths are absolute there. */
export type RayOnNode = {
  /** The environment's Python, which has Ray. */
  python: string
  /** What every program that talks to this Ray needs: its address, and where its token is. Holds no secret. */
  env: Record<string, string>
  /** The head's address for drivers and workers, `10.0.0.1:20000`. */
  address: string
  /** The head's dashboard with the REST interface of jobs: on the head alone, and with `Authorization: Bearer` of the token file. */
  jobsUrl: string
  /** Mode 0600, 64 hex digits. */
  tokenFile: string
  /** Ray's name for this node: `node:IP` is a resource that only it has. */
  ip: string
}

/** Null: Ray was not started on this node yet. Says nothing of whether it runs now: `ray.is` does. Pure. */
export function rayOnNode(ray: Ray, nodeId: string): RayOnNode | null {
  const node = ray.nodes.find((one) => one.nodeId === nodeId)
  const head = ray.nodes[0]
  const address = rayAddress(ray)
  if (!node?.ip || !head?.port || !address || !ray.version || !ray.python) return null
  const tokenFile = `${node.folder}/token`
  return {
    python: `${environmentOf(node.folder, ray.version, ray.python)}/bin/python`,
    env: {
      RAY_ADDRESS: address,
      RAY_AUTH_MODE: 'token',
      RAY_AUTH_TOKEN_PATH: tokenFile,
      RAY_DEFAULT_PYTHON_VERSION_MATCH_LEVEL: 'minor',
    },
    address,
    jobsUrl: `http://127.0.0.1:${head.port + 1}`,
    tokenFile,
    ip: node.ip,
  }
}

/** The environment of a version within Ray's folder: each has its own, so that an upgrade changes nothing that runs. */
export const environmentOf = (folder: string, version: string, python: string): string => `${folder}/${version}-py${python}`
