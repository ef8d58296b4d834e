import { api } from '../rpc/connection.ts'
import { showError } from './notice.tsx'

/** Looks at a place; what it finds comes as it is found. */
export const checkPlace = (placeId: string) => void api.places.check({ placeId }).catch(showError)
