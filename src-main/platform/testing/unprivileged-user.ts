/**
 * User and group id (`nobody` on Linux) that tests switch to when they run as root, because file permissions do not
 * apply to root.
 */
export const unprivilegedUser = 65_534;
