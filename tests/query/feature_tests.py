"""The tests that send what a row of docs/reference/server.md names, by its place and name."""

# ruff: noqa: E501 (names are those of the page)

from __future__ import annotations

TESTS = {
    "Get, Aggregate | where{,.operands}.operator {And,Or,Not}": (
        "test_queries::test_conditions_within_conditions",
        "test_queries::test_filters",
    ),
    "Get, Aggregate | where{,.operands}.operator {Equal,NotEqual,GreaterThan,GreaterThanEqual,LessThan,LessThanEqual}": (
        "test_queries::test_conditions_within_conditions",
    ),
    "Get, Aggregate | where{,.operands}.operator Like": ("test_queries::test_conditions_within_conditions",),
    "Get, Aggregate | where{,.operands}.operator IsNull": ("test_queries::test_conditions_within_conditions",),
    "Get, Aggregate | where{,.operands}.operator {ContainsAny,ContainsAll,ContainsNone}": (
        "test_queries::test_conditions_within_conditions",
    ),
    "Get, Aggregate | where{,.operands}.operator WithinGeoRange": ("test_queries::test_conditions_within_conditions",),
    "Get, Aggregate | where{,.operands}.path": ("test_queries::test_conditions_within_conditions",),
    "Get, Aggregate | where{,.operands}.value{Text,String,Int,Number,Boolean,Date}": (
        "test_queries::test_conditions_within_conditions",
        "test_equivalent_arguments::test_string_is_an_old_name_of_text",
    ),
    "Get, Aggregate | where{,.operands}.valueGeoRange.{distance.max,geoCoordinates.latitude,geoCoordinates.longitude}": (
        "test_queries::test_conditions_within_conditions",
    ),
    "Get | {limit,offset}": ("test_queries::test_ordering_and_cutting",),
    "Get | after": ("test_paging::test_a_bare_class_is_listed",),
    "Get | sort.{path,order}": ("test_queries::test_ordering_and_cutting",),
    "Get | autocut": ("test_searches::test_results_are_cut_where_distances_jump",),
    "Get | groupBy.{path,groups,objectsPerGroup}": ("test_searches::test_groups",),
    "Get | group.{type,force}": ("test_searches::test_similar_results_become_one",),
    "Get, Aggregate | nearText.{concepts,certainty,distance,targetVectors}": ("test_search_arguments::test_near_text",),
    "Get, Aggregate | nearText.autocorrect": ("test_modules::test_summaries_entities_projections_and_spelling",),
    "Get, Aggregate | nearText.move{To,AwayFrom}.{concepts,force,objects.id,objects.beacon}": (
        "test_search_arguments::test_near_text",
        "test_equivalent_arguments::test_objects_by_their_beacons",
    ),
    "Get, Aggregate | nearVector.{vector,certainty,distance,targetVectors}": (
        "test_search_arguments::test_near_vector",
    ),
    "Get, Aggregate | nearVector.vectorPerTarget": (
        "test_searches::test_a_target_compared_with_several_vectors",
        "test_equivalent_arguments::test_one_vector_for_one_target",
    ),
    "Get, Aggregate | nearObject.{id,beacon,certainty,distance,targetVectors}": (
        "test_search_arguments::test_near_object",
        "test_equivalent_arguments::test_objects_by_their_beacons",
    ),
    "Get | near{Text,Vector,Object}.targets.{targetVectors,combinationMethod,weights}": (
        "test_searches::test_several_targets_and_how_they_are_combined",
        "test_search_arguments::test_near_text",
        "test_search_arguments::test_near_object",
    ),
    "Get, Aggregate | near{Image.image,Audio.audio,Video.video,Thermal.thermal,Depth.depth,IMU.imu}": (
        "test_modules::test_media_of_every_kind",
    ),
    "Get, Aggregate | near{Image,Audio,Video,Thermal,Depth,IMU}.{certainty,distance,targetVectors}": (
        "test_modules::test_media_within_bounds",
    ),
    "Get, Aggregate | ask.{question,properties,certainty,distance,autocorrect,rerank}": (
        "test_modules::test_questions_are_answered",
    ),
    "Get | bm25.{query,properties}": ("test_queries::test_searching_by_words",),
    "Get | bm25.searchOperator.{operator And,operator Or,minimumOrTokensMatch}": (
        "test_searches::test_words_and_their_operators",
    ),
    "Get | bm25.searchOperator.operator AndCross": ("test_searches::test_words_in_any_of_the_properties",),
    "Get, Aggregate | hybrid.{query,alpha,vector,properties,targetVectors}": (
        "test_search_arguments::test_hybrid",
        "test_equivalent_arguments::test_words_are_counted_in_all_properties",
    ),
    "Get | hybrid.fusionType": ("test_search_arguments::test_hybrid",),
    "Get, Aggregate | hybrid.maxVectorDistance": ("test_search_arguments::test_hybrid",),
    "Get, Aggregate | hybrid.bm25SearchOperator.{operator And,operator Or,operator AndCross,minimumOrTokensMatch}": (
        "test_search_arguments::test_hybrid",
    ),
    "Get | hybrid.targets.{targetVectors,combinationMethod,weights}": ("test_search_arguments::test_hybrid",),
    "Get, Aggregate | hybrid.searches.nearText.{concepts,moveTo.concepts,moveTo.force,moveTo.objects.id,moveTo.objects.beacon,moveAwayFrom.concepts,moveAwayFrom.force,moveAwayFrom.objects.id,moveAwayFrom.objects.beacon}": (
        "test_search_arguments::test_hybrid",
        "test_equivalent_arguments::test_bounds_and_moves_within_a_hybrid_search",
    ),
    "Get, Aggregate | hybrid.searches.nearVector.{vector,vectorPerTarget,targetVectors}": (
        "test_search_arguments::test_hybrid",
        "test_equivalent_arguments::test_one_vector_for_one_target",
    ),
    "Get | hybrid.searches.nearVector.targets.{targetVectors,combinationMethod,weights}": (
        "test_equivalent_arguments::test_targets_stand_in_a_hybrid_search_or_in_its_vector_search",
    ),
    "Get, Aggregate | tenant": ("test_tenants_and_consistency::test_a_tenant",),
    "Get | consistencyLevel": ("test_tenants_and_consistency::test_a_consistency_level",),
    "Get, Aggregate | hybrid.searches.near{Text,Vector}.{certainty,distance}": (
        "test_equivalent_arguments::test_bounds_and_moves_within_a_hybrid_search",
    ),
    "Aggregate | {groupBy,limit}": ("test_aggregates::test_groups",),
    "Aggregate | objectLimit": ("test_aggregates::test_figures_of_searches",),
    "Aggregate | meta.count": ("test_aggregates::test_named_figures_and_filters",),
    "Aggregate | groupedBy.{path,value}": (
        "test_aggregates::test_groups",
        "test_equivalent_arguments::test_a_group_says_by_what_it_was_grouped",
    ),
    "Aggregate | <property>.{count,sum,mean,median,mode,minimum,maximum}": (
        "test_aggregates::test_figures_are_those_of_python",
    ),
    "Aggregate | <property>.topOccurrences{,(limit)}": ("test_aggregates::test_figures_are_those_of_python",),
    "Aggregate | <property>.{totalTrue,totalFalse,percentageTrue,percentageFalse}": (
        "test_aggregates::test_figures_are_those_of_python",
    ),
    "Aggregate | <property>.{pointingTo,type}": ("test_aggregates::test_figures_are_those_of_python",),
    "_additional | {id,distance,certainty}": ("test_queries::test_searching_by_meaning",),
    "_additional | {score,explainScore}": ("test_queries::test_searching_by_words",),
    "_additional | {vector,vectors}": (
        "test_queries::test_searching_by_an_object_and_by_vectors",
        "test_queries::test_named_vectors",
    ),
    "_additional | {creationTimeUnix,lastUpdateTimeUnix}": ("test_results::test_a_hit_tells_what_was_asked_for",),
    "_additional | queryProfile": ("test_results::test_the_profile_of_a_query",),
    "_additional | isConsistent": ("test_tenants_and_consistency::test_a_consistency_level",),
    "_additional | classification.{id,basedOn,classifiedFields,completed,scope}": (
        "test_results::test_a_hit_tells_by_what_it_was_classified",
    ),
    "_additional | spellCheck.{originalText,didYouMean,location,numberOfCorrections,changes}": (
        "test_modules::test_summaries_entities_projections_and_spelling",
    ),
    "_additional | group.{id,groupedBy,count,hits,minDistance,maxDistance}": ("test_searches::test_groups",),
    "_additional | rerank.{property,query,score}": ("test_modules::test_reranking",),
    "_additional | generate.{singleResult,groupedResult,error}": (
        "test_modules::test_texts_are_generated_of_each_and_of_all",
    ),
    "_additional | generate.{singleResult.prompt,groupedResult.task,groupedResult.properties}": (
        "test_modules::test_texts_are_generated_of_each_and_of_all",
    ),
    "_additional | generate.{singleResult,groupedResult}.{debug,<provider>}": (
        "test_modules::test_texts_are_generated_of_each_and_of_all",
        "test_modules::test_texts_are_generated_by_another_provider",
    ),
    "_additional | generate.<provider>": ("test_modules::test_a_provider_tells_of_its_work",),
    "_additional | answer.{result,property,hasAnswer,certainty,distance,startPosition,endPosition}": (
        "test_modules::test_questions_are_answered",
    ),
    "_additional | summary.{properties,property,result}": (
        "test_modules::test_summaries_entities_projections_and_spelling",
    ),
    "_additional | tokens.{properties,certainty,distance,limit,entity,word,property,startPosition,endPosition}": (
        "test_modules::test_summaries_entities_projections_and_spelling",
    ),
    "_additional | featureProjection.{dimensions,learningRate,iterations,perplexity,algorithm,vector}": (
        "test_modules::test_summaries_entities_projections_and_spelling",
    ),
}
