/** Names of the analyses of a benchmark, for those who offer a choice of them. */
export { ANALYSES } from '../study/analyses/registry.ts';
