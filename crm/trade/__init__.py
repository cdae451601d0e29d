"""Orders from their confirmation to the last parcel, and what people are told of them."""
