/**
 * The tag by which we know what we created; legal as a tag on AWS, Azure and Google Cloud. It takes one of the
 * tags that Databricks allows, and a manifest may not set it: a forged mark would make one object pass for
 * another.
 */
export const markKey = 'lakeward-owner'
