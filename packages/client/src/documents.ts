/**
 * The queries of this client. Each asks every field that its result type has, so that the types generated from the schema tell the
 * truth; test/client compares both with schema.graphql.
 */
const ERROR = 'code message retryable retryAfterSeconds';
const PROVENANCE =
  'provenance{selection canary encoder encoderFingerprint calibrator baseRate matchThreshold mismatchThreshold}';
const SCORES = 'cosine score probability probabilityInterval decision';
const SCORED_BY = `selection ${PROVENANCE}`;
const RULES = '$selection:String!="default",$baseRate:Float';
const RULED = 'selection:$selection,baseRate:$baseRate';

/** Fields of a union with ItemError. */
const orError = (type: string, fields: string): string =>
  `{__typename...on ${type}{${fields}}...on ItemError{${ERROR}}}`;

export const ALIGNMENT = orError('Alignment', `${SCORES} encoder ${SCORED_BY}`);
export const RANKING = orError('Ranking', `items{index ${SCORES} error{${ERROR}}}${SCORED_BY}`);
export const EMBEDDING = orError('Embedding', 'vector dim encoder fingerprint');
const INDEXED = `{index error{${ERROR}}}`;

export const ALIGN_CAPTIONS = `query AlignCaptions($image:ImageInput!,$captions:[TextInput!]!,${RULES}){result:alignCaptions(image:$image,captions:$captions,${RULED})${orError('CaptionSetAlignment', `score probability decision fusion weights ${SCORED_BY}`)}}`;

export const MATRIX = `query Matrix($images:[ImageInput!]!,$texts:[TextInput!]!,${RULES}){result:alignMatrix(images:$images,texts:$texts,${RULED}){cosinesPacked scoresPacked probabilitiesPacked imageErrors${INDEXED}textErrors${INDEXED}${SCORED_BY}}}`;

export const RANK_TEXTS = `query RankTexts($image:ImageInput!,$texts:[TextInput!]!,$first:Int,${RULES}){result:rankTexts(image:$image,texts:$texts,first:$first,${RULED})${RANKING}}`;

export const RANK_IMAGES = `query RankImages($text:TextInput!,$images:[ImageInput!]!,$first:Int,${RULES}){result:rankImages(text:$text,images:$images,first:$first,${RULED})${RANKING}}`;

export const CLASSIFY = `query Classify($image:ImageInput!,$labels:[String!]!,$templates:[String!],$selection:String!="default",$temperature:Float){result:classify(image:$image,labels:$labels,templates:$templates,selection:$selection,temperature:$temperature)${orError('Classification', `labels{label probability cosine score}${SCORED_BY}`)}}`;

export const SEARCH = `query Search($corpus:String!,$text:TextInput,$image:ImageInput,$first:Int!=10,$after:String,$rerank:Int,$minProbability:Float,$filter:[CorpusFilter!],$baseRate:Float){result:search(corpus:$corpus,text:$text,image:$image,first:$first,after:$after,rerank:$rerank,minProbability:$minProbability,filter:$filter,baseRate:$baseRate){edges{cursor id score cosine probability decision metadata thumbnail}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}complete calibrated rankedBy average scanned reranked ${PROVENANCE}}}`;

export const EMBED_TEXTS = `query EmbedTexts($texts:[String!]!){result:embedTexts(texts:$texts)${EMBEDDING}}`;

export const EMBED_IMAGES = `query EmbedImages($images:[ImageInput!]!){result:embedImages(images:$images)${EMBEDDING}}`;
