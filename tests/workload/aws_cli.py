"""Three commands of the AWS CLI, by boto3: the CLI of Amazon Linux is no Python package."""

import argparse
import os
import sys
from pathlib import Path

import boto3
from botocore.exceptions import ClientError


def main() -> int:
    """Do what the command line says; like the CLI, end with 254 when S3 refuses."""
    command, rest = sys.argv[1:3], sys.argv[3:]
    parser = argparse.ArgumentParser()
    parser.add_argument("--region", default=os.environ.get("AWS_DEFAULT_REGION"))
    parser.add_argument("--only-show-errors", action="store_true")
    for option in ("--bucket", "--key", "--body", "--if-none-match"):
        parser.add_argument(option)
    parser.add_argument("operands", nargs="*")
    given = parser.parse_args(rest)
    s3 = boto3.client("s3", region_name=given.region)
    try:
        if command == ["s3", "cp"]:
            bucket, key = given.operands[1].removeprefix("s3://").split("/", 1)
            s3.upload_file(given.operands[0], bucket, key)
        elif command == ["s3api", "put-object"]:
            s3.put_object(
                Bucket=given.bucket,
                Key=given.key,
                Body=Path(given.body).read_bytes(),
                IfNoneMatch=given.if_none_match,
            )
        elif command == ["s3api", "get-object"]:
            content = s3.get_object(Bucket=given.bucket, Key=given.key)["Body"].read()
            Path(given.operands[0]).write_bytes(content)
        else:
            sys.exit(f"{' '.join(command)}: the scripts ask for more than this plays")
    except ClientError as error:
        sys.stderr.write(f"\n{error}\n")
        return 254
    return 0


if __name__ == "__main__":
    sys.exit(main())
