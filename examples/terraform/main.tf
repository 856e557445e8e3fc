terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.4"
    }
  }
}

variable "function_name" {
  type    = string
  default = "postage"
}

# The bucket: encrypted, closed, TLS only.
resource "aws_s3_bucket" "coverage" {
  bucket_prefix = "lambda-coverage-"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "coverage" {
  bucket = aws_s3_bucket.coverage.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "coverage" {
  bucket                  = aws_s3_bucket.coverage.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "tls_only" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.coverage.arn, "${aws_s3_bucket.coverage.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "coverage" {
  bucket = aws_s3_bucket.coverage.id
  policy = data.aws_iam_policy_document.tls_only.json
}

# Coverage files age; coverage-scripts/ stays outside, because files of any age need their scripts.
resource "aws_s3_bucket_lifecycle_configuration" "coverage" {
  bucket = aws_s3_bucket.coverage.id
  rule {
    id     = "CoverageFileRetention"
    status = "Enabled"
    filter {
      prefix = "coverage/"
    }
    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }
    transition {
      days          = 90
      storage_class = "GLACIER"
    }
    expiration {
      days = 365
    }
  }
  rule {
    id     = "UnfinishedUploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

# The layer, from the zip that `npm run build:layer` makes.
resource "aws_lambda_layer_version" "coverage" {
  layer_name               = "lambda-coverage-layer"
  filename                 = "${path.module}/../../dist/lambda-coverage-layer-latest.zip"
  source_code_hash         = filebase64sha256("${path.module}/../../dist/lambda-coverage-layer-latest.zip")
  compatible_runtimes      = ["nodejs22.x", "nodejs24.x"]
  compatible_architectures = ["x86_64", "arm64"]
  license_info             = "MIT"
}

# What a function with the layer needs, and no more.
data "aws_iam_policy_document" "store_coverage" {
  statement {
    actions = ["s3:PutObject"]
    resources = [
      "${aws_s3_bucket.coverage.arn}/coverage/20??/??/??/*.coverage",
      "${aws_s3_bucket.coverage.arn}/coverage-scripts/*",
      "${aws_s3_bucket.coverage.arn}/coverage-maps/*",
      "${aws_s3_bucket.coverage.arn}/coverage-plans/*",
      "${aws_s3_bucket.coverage.arn}/coverage-inits/*",
    ]
  }
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.coverage.arn}/coverage-scripts/*"]
  }
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.postage.arn}:*"]
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "postage" {
  name_prefix        = "${var.function_name}-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "postage" {
  role   = aws_iam_role.postage.id
  policy = data.aws_iam_policy_document.store_coverage.json
}

resource "aws_cloudwatch_log_group" "postage" {
  name              = "/aws/lambda/${var.function_name}"
  retention_in_days = 30
}

data "archive_file" "postage" {
  type        = "zip"
  source_dir  = "${path.module}/src"
  output_path = "${path.module}/.build/postage.zip"
}

resource "aws_lambda_function" "postage" {
  function_name    = var.function_name
  role             = aws_iam_role.postage.arn
  runtime          = "nodejs24.x"
  handler          = "index.handler"
  filename         = data.archive_file.postage.output_path
  source_code_hash = data.archive_file.postage.output_base64sha256
  timeout          = 10
  memory_size      = 256
  layers           = [aws_lambda_layer_version.coverage.arn]

  environment {
    variables = {
      AWS_LAMBDA_EXEC_WRAPPER = "/opt/coverage-wrapper"
      COVERAGE_S3_BUCKET      = aws_s3_bucket.coverage.id
    }
  }

  depends_on = [aws_cloudwatch_log_group.postage]
}

output "coverage_bucket" {
  value = aws_s3_bucket.coverage.id
}
