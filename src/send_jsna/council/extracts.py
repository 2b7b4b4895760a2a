"""The extracts a council can supply, declared: columns, codes, and which observations they become.

A new extract is a record here, an indicator and a source in the catalogue, and a suite; tests hold the four
together. The templates and the tables of ``data/council/README.md`` are made from these records.
"""

from __future__ import annotations

from send_jsna.council.extract import Extract, ExtractColumn, ExtractMeasure, ExtractShare, ExtractTable

AGES = ("under_5", "5_to_10", "11_to_15", "16_to_19", "20_to_25", "unknown")
WAITS_SLT = ("under_6_weeks", "6_to_11_weeks", "12_to_17_weeks", "18_to_51_weeks", "52_weeks_or_more")
WAITS_ND = ("under_13_weeks", "13_to_25_weeks", "26_to_51_weeks", "52_to_103_weeks", "104_weeks_or_more")
NEEDS = (
    *("asd", "slcn", "semh", "mld", "sld", "pmld", "spld", "hi", "vi", "msi", "pd", "ds", "oth"),
    "not_recorded",
)
#: Down Syndrome has been a need of its own since 2026; until then it was among other difficulties.
_LATER_NEEDS = ("ds",)
SPECIALISMS = ("broad_spectrum", *NEEDS[:-1])
#: The placements of the SEN2 return, each by itself and none in two.
PLACEMENTS = (
    *("mainstream_la_maintained", "mainstream_la_maintained_resourced", "mainstream_la_maintained_sen_unit"),
    *("mainstream_academy", "mainstream_academy_resourced", "mainstream_academy_sen_unit"),
    *("mainstream_free_school", "mainstream_free_school_resourced", "mainstream_free_school_sen_unit"),
    *("mainstream_independent", "special_la_maintained", "special_academy_free", "special_independent"),
    *("special_non_maintained", "ap_pru", "fe_general_tertiary", "fe_specialist_post_16", "early_years"),
    *("elsewhere_home_educated", "elsewhere_arranged_by_la", "elsewhere_arranged_by_parents"),
    *("elsewhere_neet", "not_recorded"),
)
ETHNICITIES = (
    *("white_white_british", "white_irish", "white_traveller_of_irish_heritage", "white_gypsy_roma"),
    *("white_any_other_white_background", "mixed_white_and_black_caribbean"),
    *("mixed_white_and_black_african", "mixed_white_and_asian", "mixed_any_other_mixed_background"),
    *("asian_indian", "asian_pakistani", "asian_bangladeshi", "asian_chinese"),
    *("asian_any_other_asian_background", "black_black_african", "black_black_caribbean"),
    *("black_any_other_black_background", "any_other_ethnic_group", "unclassified"),
)
CHECKS = ("antenatal", "new_birth", "6_to_8_weeks", "12_months", "2_to_2_and_a_half_years")

_AGE = ExtractColumn(
    "age_band", "age of the child or young person", "age", AGES, is_needed=False, unknown="unknown"
)

EXTRACTS = (
    Extract(
        stem="special-school-places",
        title="Special school places and pupils on roll",
        period="the school year, such as `2025/26`",
        columns=(
            ExtractColumn("school", "a code made from the school's name, such as `castle_wood`", "school"),
            ExtractColumn("specialism", "what the school is for", "need", SPECIALISMS),
        ),
        tables=(
            ExtractTable(
                (
                    ExtractMeasure(
                        "commissioned_places", "places commissioned", "council_special_places_count"
                    ),
                ),
                breakdowns=("school",),
                groups="specialism",
            ),
            ExtractTable(
                (ExtractMeasure("number_on_roll", "pupils on roll", "council_special_roll_count"),),
                breakdowns=("school",),
                groups="specialism",
            ),
        ),
        as_at="start",
    ),
    Extract(
        stem="slt",
        title="Speech and language therapy caseload and waits",
        period="the month the list was taken in, such as `October 2025`",
        columns=(
            ExtractColumn("state", "which list the child is on", codes=("caseload", "waiting")),
            _AGE,
            ExtractColumn(
                "wait",
                "weeks waited so far for the first appointment",
                "service",
                WAITS_SLT,
                is_needed=False,
                only=("waiting",),
            ),
        ),
        tables=(
            ExtractTable(
                (ExtractMeasure("count", "children and young people", "council_slt_caseload_count"),),
                state="caseload",
                breakdowns=("age_band",),
            ),
            ExtractTable(
                (ExtractMeasure("count", "children and young people", "council_slt_waiting_count"),),
                state="waiting",
                breakdowns=("age_band", "wait"),
                share=ExtractShare("council_slt_waiting_18_weeks_or_more_pct", "wait", WAITS_SLT[3:]),
            ),
        ),
        state="state",
        case="one child on one list",
    ),
    Extract(
        stem="neurodevelopment",
        title="Autism and ADHD assessment pathway",
        period="the month or year of the referrals and assessments, whose last day the open list is as at",
        columns=(
            ExtractColumn("pathway", "the pathway; a child on both counts in each", "need", ("asd", "adhd")),
            ExtractColumn("state", "what happened", codes=("referred", "completed", "open")),
            _AGE,
            ExtractColumn(
                "wait",
                "weeks from referral to the end of the assessment, or waited so far",
                "service",
                WAITS_ND,
                is_needed=False,
                only=("completed", "open"),
            ),
        ),
        tables=(
            ExtractTable(
                (
                    ExtractMeasure(
                        "count",
                        "referrals, assessments, or children on the list",
                        "council_nd_referrals_count",
                    ),
                ),
                state="referred",
                apart=("pathway",),
                breakdowns=("age_band",),
            ),
            ExtractTable(
                (
                    ExtractMeasure(
                        "count",
                        "referrals, assessments, or children on the list",
                        "council_nd_completed_count",
                    ),
                ),
                state="completed",
                apart=("pathway",),
                breakdowns=("age_band", "wait"),
                share=ExtractShare("council_nd_completed_13_weeks_or_more_pct", "wait", WAITS_ND[1:]),
            ),
            ExtractTable(
                (
                    ExtractMeasure(
                        "count", "referrals, assessments, or children on the list", "council_nd_open_count"
                    ),
                ),
                state="open",
                apart=("pathway",),
                breakdowns=("age_band", "wait"),
                share=ExtractShare("council_nd_open_13_weeks_or_more_pct", "wait", WAITS_ND[1:]),
            ),
        ),
        state="state",
        case="one referral, one assessment or one child on the open list",
    ),
    Extract(
        stem="ehc-register",
        title="EHC plan register",
        period="the month the register was read in, such as `January 2026`",
        columns=(
            _AGE,
            ExtractColumn(
                "need",
                "primary need",
                "need",
                NEEDS,
                is_needed=False,
                unknown="not_recorded",
                later=_LATER_NEEDS,
            ),
            ExtractColumn(
                "placement",
                "placement, as the SEN2 return has it",
                "placement",
                PLACEMENTS,
                is_needed=False,
                unknown="not_recorded",
            ),
        ),
        tables=(
            ExtractTable(
                (ExtractMeasure("count", "EHC plans", "council_ehc_register_plans_count"),),
                breakdowns=("age_band", "need", "placement"),
            ),
        ),
        case="one EHC plan",
    ),
    Extract(
        stem="two-year-offer",
        title="Two-year-old offer by ethnic group",
        period="the count's month, such as `January 2026`, or the year",
        columns=(
            ExtractColumn(
                "ethnicity",
                "ethnic group, as the school census has it",
                "ethnicity",
                ETHNICITIES,
                unknown="unclassified",
            ),
        ),
        tables=(
            ExtractTable(
                (
                    ExtractMeasure(
                        "eligible", "two-year-olds who are eligible", "council_two_year_eligible_count"
                    ),
                    ExtractMeasure(
                        "taken_up",
                        "of those, who took up a place",
                        "council_two_year_taken_up_count",
                        share="council_two_year_taken_up_pct",
                    ),
                ),
                breakdowns=("ethnicity",),
            ),
        ),
        case="one eligible two-year-old",
    ),
    Extract(
        stem="health-visiting",
        title="Health visitor checks",
        period="the month or year the checks fell due in, such as `2025-26` (financial year)",
        columns=(ExtractColumn("check", "the mandated check", "service", CHECKS),),
        tables=(
            ExtractTable(
                (
                    ExtractMeasure("due", "children due the check", "council_hv_due_count"),
                    ExtractMeasure(
                        "done",
                        "of those, who had it",
                        "council_hv_done_count",
                        share="council_hv_done_pct",
                    ),
                    ExtractMeasure(
                        "asq3_done",
                        "of those, whose check used ASQ-3",
                        "council_hv_asq3_done_count",
                        is_needed=False,
                        share="council_hv_asq3_done_pct",
                    ),
                    ExtractMeasure(
                        "asq3_above_threshold",
                        "of those, at or above the threshold in all five areas",
                        "council_hv_asq3_above_threshold_count",
                        is_needed=False,
                        share="council_hv_asq3_above_threshold_pct",
                    ),
                ),
                apart=("check",),
            ),
        ),
        case="one child due one check",
    ),
)
