import { cut } from '../messages/build.ts'
import { cleanLine } from '../messages/clean.ts'

const NAME = 28
const CAPTION = 70
const SUBTITLE = 100
const AXIS = 48
const END = 20

/** Names come from outside: one clean line, short enough for its place. */
export const shortName = (text: string): string => cut(cleanLine(text), NAME)
export const captionLine = (text: string): string => cut(cleanLine(text), CAPTION)
export const subtitleLine = (text: string): string => cut(cleanLine(text), SUBTITLE)
export const axisName = (text: string): string => cut(cleanLine(text), AXIS)
/** At the end of a curve, where there is little room. */
export const endName = (text: string): string => cut(cleanLine(text), END)
