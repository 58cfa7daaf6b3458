"""What a deployment is and what the guide says, as frozen, validated models."""
