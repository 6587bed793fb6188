/** Watches services in Consul's catalogue by blocking queries. */
export { type Answer, Catalogue, type CatalogueOptions, type Query } from './catalogue.ts';
