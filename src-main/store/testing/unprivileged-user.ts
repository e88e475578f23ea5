/** The user and group id that tests use when they run as root, whom no permission stops: `nobody`. */
export const unprivilegedUser = 65_534;
