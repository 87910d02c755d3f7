/* eslint-disable */
// Generated from schema.graphql by scripts/build-costs.ts.
import type { CostTable } from '../cost/cost-table.ts';

export const COSTS: CostTable = {"operation":0.6,"field":0.001,"types":{
"Query":{"encoder":{"costs":[{"weight":0.01}]},"limits":{"costs":[{"weight":0.01}]},"embedTexts":{"costs":[{"weight":0.003}],"args":{"texts":[{"weight":1.5,"perKilobyte":50,"upTo":130}]},"listSize":{"slicingArguments":["texts"]}},"embedImages":{"costs":[{"weight":0.003}],"listSize":{"slicingArguments":["images"]}},"selection":{"costs":[{"weight":0.05}]},"selections":{"costs":[{"weight":0.05}],"listSize":{"assumedSize":100}},"selectionPage":{"costs":[{"weight":0.1}],"listSize":{"slicingArguments":["first"],"sizedFields":["names","nodes"]}},"align":{"costs":[{"weight":0.05}]},"alignMatrix":{"costs":[{"weight":0.05},{"weight":0.00006,"times":["images","texts"]}],"listSize":{"slicingArguments":["images","texts"],"sizedFields":["cosines","scores","probabilities","cosinesPacked","scoresPacked","probabilitiesPacked"]}},"alignCaptions":{"costs":[{"weight":0.05},{"weight":0.003,"times":["captions"]}],"listSize":{"slicingArguments":["captions"],"sizedFields":["weights"]}},"rankTexts":{"costs":[{"weight":0.05},{"weight":0.003,"times":["texts"]}],"listSize":{"slicingArguments":["texts","first"],"sizedFields":["items"]}},"rankImages":{"costs":[{"weight":0.05},{"weight":0.003,"times":["images"]}],"listSize":{"slicingArguments":["images","first"],"sizedFields":["items"]}},"classify":{"costs":[{"weight":0.05},{"weight":3,"perKilobyte":0.1,"times":["labels","templates"]}],"listSize":{"slicingArguments":["labels"],"sizedFields":["labels"]}},"explain":{"costs":[{"weight":0.05}],"args":{"method":[{"weight":0,"ifAsked":["method","rows","columns","heat","seen","overlay"]}]}},"clipScore":{"costs":[{"weight":0.05}]},"refClipScore":{"costs":[{"weight":0.05},{"weight":0.003,"times":["references"]}],"listSize":{"slicingArguments":["references"]}},"corpora":{"costs":[{"weight":0.2}],"listSize":{"assumedSize":100}},"corpusPage":{"costs":[{"weight":0.1}],"listSize":{"slicingArguments":["first"],"sizedFields":["names","nodes"]}},"search":{"costs":[{"weight":4},{"weight":0.005,"times":["rerank"]}],"listSize":{"slicingArguments":["first"],"sizedFields":["edges"]}}},
"ImageInput":{"url":{"costs":[{"weight":60}]},"base64":{"costs":[{"weight":50,"perKilobyte":0.05}]},"upload":{"costs":[{"weight":50,"perKilobyte":0.05}]},"embedding":{"costs":[{"weight":0.003}]}},
"TextInput":{"text":{"costs":[{"weight":1.5,"perKilobyte":50,"upTo":130}]},"embedding":{"costs":[{"weight":0.003}]}},
"EmbeddingInput":{"vector":{"costs":[{"weight":0.001,"perKilobyte":0.002}]}},
"Embedding":{"vector":{"costs":[{"weight":0.003}]}},
"Selection":{"indices":{"costs":[{"weight":0.00025}],"listSize":{"assumedSize":64}},"relevance":{"costs":[{"weight":0.00025}],"listSize":{"assumedSize":512}},"metrics":{"costs":[{"weight":0.05}]},"params":{"costs":[{"weight":0.01}]}},
"Alignment":{"probabilityInterval":{"costs":[{"weight":0.003}]},"decision":{"costs":[{"weight":0.01}]},"domain":{"costs":[{"weight":0.01}]}},
"AlignmentMatrix":{"cosinesPacked":{"costs":[{"weight":0.00002}]},"scoresPacked":{"costs":[{"weight":0.00002}]},"probabilitiesPacked":{"costs":[{"weight":0.00002}]},"cosines":{"costs":[{"weight":0.00022}]},"scores":{"costs":[{"weight":0.00022}]},"probabilities":{"costs":[{"weight":0.00022}]},"imageDomain":{"costs":[{"weight":0.007}],"listSize":{"assumedSize":32}},"textDomain":{"costs":[{"weight":0.007}],"listSize":{"assumedSize":32}},"imageErrors":{"costs":[{"weight":0.001}],"listSize":{"assumedSize":8}},"textErrors":{"costs":[{"weight":0.001}],"listSize":{"assumedSize":8}}},
"Explanation":{"contributions":{"costs":[{"weight":0.001}],"listSize":{"slicingArguments":["first"]}},"heat":{"costs":[{"weight":0.05}]},"overlay":{"costs":[{"weight":20}]},"tokens":{"costs":[{"weight":150}]}},
"ExplainMethod":{"AUTO":{"costs":[{"weight":1700}]},"SHARES":{"costs":[{"weight":80}]},"MASKCLIP":{"costs":[{"weight":80}]},"GRAD_ECLIP":{"costs":[{"weight":80}]},"GRAD_CAM":{"costs":[{"weight":80}]},"OCCLUSION":{"costs":[{"weight":1700}]}},
"CaptionSetAlignment":{"domain":{"costs":[{"weight":0.01}]}},
"Ranking":{"anyMatch":{"costs":[{"weight":0.005}]},"relevantCount":{"costs":[{"weight":0.005}]}},
"RankedItem":{"probabilityInterval":{"costs":[{"weight":0.003}]},"decision":{"costs":[{"weight":0.006}]},"domain":{"costs":[{"weight":0.003}]}},
"Corpus":{"searchError":{"costs":[{"weight":0.01}]},"fields":{"costs":[{"weight":0.001}],"listSize":{"assumedSize":8}}},
"CorpusFilter":{"field":{"costs":[{"weight":0.05}]}},
"SearchConnection":{"edges":{"costs":[{"weight":0.005}]},"anyMatch":{"costs":[{"weight":0.005}]},"relevantCount":{"costs":[{"weight":0.005}]},"domain":{"costs":[{"weight":0.01}]}},
"SearchEdge":{"metadata":{"costs":[{"weight":0.005}]}},
"SelectionPage":{"nodes":{"costs":[{"weight":0.05}]}},
"CorpusPage":{"nodes":{"costs":[{"weight":0.2}]}},
}};
