/** The message shortcut that writes a note on the run which a message is about. */
export const ANNOTATE_RUN = 'annotate_run'
