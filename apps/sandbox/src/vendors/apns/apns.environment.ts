/** Apple's two worlds: each has its host, its tokens and its keys. */
export type ApnsEnvironment = 'production' | 'development';
