"""Ways to break what rules/names.py holds."""

from breaks.registry import SHARED, breaks, properties


@breaks("names_are_those_that_people_and_programs_look_for")
def redrive_does_not_find_the_dead_letters(template):
    properties(template, "TileDeadQueue")["QueueName"] = {"Fn::Sub": "${AWS::StackName}-tile-dlq"}


@breaks("names_are_those_that_people_and_programs_look_for", **SHARED)
def a_table_is_made_though_another_is_named(template):
    del template["Resources"]["LedgerOfFeed"]["Condition"]


@breaks("every_parameter_is_used")
def a_parameter_has_no_effect(template):
    template["Parameters"]["Colour"] = {"Type": "String", "Default": "blue"}
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"].append("Colour")


@breaks("every_parameter_is_used")
def a_parameter_is_hidden(template):
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"].pop()
