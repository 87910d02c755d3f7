/* eslint-disable */
// Generated from schema.graphql by scripts/build-costs.ts.
import type { CostTable } from '../cost/cost-table.ts';

export const COSTS: CostTable = {"operation":0.2,"field":0.001,"types":{
"Query":{"encoder":{"costs":[{"weight":0.01}]},"limits":{"costs":[{"weight":0.01}]},"embedTexts":{"costs":[{"weight":0.02}],"args":{"texts":[{"weight":3,"perKilobyte":0.1}]},"listSize":{"slicingArguments":["texts"]}},"embedImages":{"costs":[{"weight":0.02}],"listSize":{"slicingArguments":["images"]}},"selection":{"costs":[{"weight":0.05}]},"selections":{"costs":[{"weight":0.1}],"listSize":{"assumedSize":16}},"align":{"costs":[{"weight":0.05}]},"alignMatrix":{"costs":[{"weight":0.05},{"weight":0.0003,"times":["images","texts"]}],"listSize":{"slicingArguments":["images","texts"],"sizedFields":["cosines","scores","probabilities","cosinesPacked","scoresPacked","probabilitiesPacked"]}},"alignCaptions":{"costs":[{"weight":0.05},{"weight":0.003,"times":["captions"]}],"listSize":{"slicingArguments":["captions"],"sizedFields":["weights"]}},"rankTexts":{"costs":[{"weight":0.05},{"weight":0.003,"times":["texts"]}],"listSize":{"slicingArguments":["texts","first"],"sizedFields":["items"]}},"rankImages":{"costs":[{"weight":0.05},{"weight":0.003,"times":["images"]}],"listSize":{"slicingArguments":["images","first"],"sizedFields":["items"]}},"classify":{"costs":[{"weight":0.05},{"weight":3,"perKilobyte":0.1,"times":["labels","templates"]}],"listSize":{"slicingArguments":["labels"],"sizedFields":["labels"]}},"corpora":{"costs":[{"weight":0.1}],"listSize":{"assumedSize":16}},"search":{"costs":[{"weight":3}],"listSize":{"slicingArguments":["first"],"sizedFields":["edges"]}}},
"ImageInput":{"url":{"costs":[{"weight":40}]},"base64":{"costs":[{"weight":30,"perKilobyte":0.1}]},"upload":{"costs":[{"weight":30,"perKilobyte":0.1}]},"embedding":{"costs":[{"weight":0.005}]}},
"TextInput":{"text":{"costs":[{"weight":3,"perKilobyte":0.1}]},"embedding":{"costs":[{"weight":0.005}]}},
"EmbeddingInput":{"vector":{"costs":[{"weight":0.001,"perKilobyte":0.002}]}},
"Embedding":{"vector":{"costs":[{"weight":0.01}]}},
"Selection":{"indices":{"costs":[{"weight":0.0005}],"listSize":{"assumedSize":64}},"relevance":{"costs":[{"weight":0.0005}],"listSize":{"assumedSize":512}},"metrics":{"costs":[{"weight":0.05}]},"params":{"costs":[{"weight":0.01}]}},
"Alignment":{"probabilityInterval":{"costs":[{"weight":0.003}]}},
"AlignmentMatrix":{"cosinesPacked":{"costs":[{"weight":0.0001}]},"scoresPacked":{"costs":[{"weight":0.0001}]},"probabilitiesPacked":{"costs":[{"weight":0.0001}]},"cosines":{"costs":[{"weight":0.0005}]},"scores":{"costs":[{"weight":0.0005}]},"probabilities":{"costs":[{"weight":0.0005}]},"imageErrors":{"costs":[{"weight":0.001}],"listSize":{"assumedSize":8}},"textErrors":{"costs":[{"weight":0.001}],"listSize":{"assumedSize":8}}},
"RankedItem":{"probabilityInterval":{"costs":[{"weight":0.003}]}},
"Corpus":{"searchError":{"costs":[{"weight":0.01}]},"fields":{"costs":[{"weight":0.001}],"listSize":{"assumedSize":8}}},
"CorpusFilter":{"field":{"costs":[{"weight":0.05}]}},
"SearchConnection":{"edges":{"costs":[{"weight":0.01}]}},
"SearchEdge":{"metadata":{"costs":[{"weight":0.005}]}},
}};
