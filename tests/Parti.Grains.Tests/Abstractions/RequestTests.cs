using Microsoft.Extensions.Time.Testing;
using Parti.Abstractions;
using Parti.Grains.Jobs;
using Parti.Inference;

namespace Parti.Grains.Tests.Abstractions;

public sealed class RequestTests
{
    private static readonly RequestLimits Limits = new() { Models = [new("demo", [64, 256]), new("big", [256, 512, 1024])] };

    public static TheoryData<string, GenerationRequest> Problems() => new()
    {
        { "prompt", new() { Prompt = " \n" } },
        { "prompt", new() { Prompt = new string('x', (16 * 1024) + 1) } },
        { "prompt", new() { Prompt = new string('é', (8 * 1024) + 1) } },
        { "negative_prompt", new() { Prompt = "x", NegativePrompt = new string('x', 20_000) } },
        { "n", new() { Prompt = "x", N = 0 } },
        { "n", new() { Prompt = "x", N = 65 } },
        { "guidance_scale", new() { Prompt = "x", GuidanceScale = -0.1 } },
        { "guidance_scale", new() { Prompt = "x", GuidanceScale = double.NaN } },
        { "guidance_scale", new() { Prompt = "x", GuidanceScale = 50.1 } },
        { "temperature", new() { Prompt = "x", Temperature = 11 } },
        { "top_k", new() { Prompt = "x", TopK = -1 } },
        { "top_p", new() { Prompt = "x", TopP = 0 } },
        { "top_p", new() { Prompt = "x", TopP = 1.01 } },
        { "size", new() { Prompt = "x", Size = "257" } },
        { "size", new() { Prompt = "x", Size = "512" } },
        { "size", new() { Prompt = "x", Size = "large" } },
        { "size", new() { Prompt = "x", Size = "-1" } },
        { "model", new() { Prompt = "x", Model = "nope" } },
        { "output_format", new() { Prompt = "x", OutputFormat = (OutputFormat)9 } },
        { "priority", new() { Prompt = "x", Priority = (JobPriority)9 } },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public void Validate_OneProblem_IsNamedOnOneLine(string parameter, GenerationRequest request)
    {
        RequestProblem problem = Assert.Single(GenerationRequestValidator.Validate(request, Limits));

        Assert.Equal(parameter, problem.Parameter);
        Assert.Contains(parameter, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
        Assert.InRange(problem.Message.Length, 20, 200);
    }

    [Fact]
    public void Validate_Bounds_ArePartOfTheRange()
    {
        GenerationRequest[] good =
        [
            new() { Prompt = new string('x', 16 * 1024), N = 64, GuidanceScale = 50, Temperature = 10, TopP = 1, Size = "native" },
            new() { Prompt = "x", N = 1, GuidanceScale = 0, Temperature = 0, TopK = 0, TopP = 0.0001, Size = "256", Seed = ulong.MaxValue },
            new() { Prompt = "x", Model = "big", Size = "1024" },
        ];

        Assert.All(good, request => Assert.Empty(GenerationRequestValidator.Validate(request, Limits)));
    }

    [Fact]
    public void Validate_SeveralProblems_AreAllReported() =>
        Assert.Equal(["prompt", "n", "top_p", "model"], GenerationRequestValidator.Validate(new() { Prompt = "", N = 100, TopP = 2, Model = "nope" }, Limits).Select(problem => problem.Parameter));

    [Fact]
    public void Validate_ModelsUnknownToTheCaller_AreLeftUnchecked() =>
        Assert.Empty(GenerationRequestValidator.Validate(new() { Prompt = "x", Model = "any", Size = "777" }, new()));

    [Theory]
    [InlineData(null, 256)]
    [InlineData("native", 64)]
    [InlineData("64", 64)]
    public void NewJob_Size_IsTheUsualOneUnlessSaid(string? size, int expected)
    {
        ModelDescription model = new("demo", "hash", 32, 256, 64, [64, 128, 256, 512], new(3.5f, 0.95f, 40, 0.9f));

        JobRecord job = ParameterResolver.NewJob(new("t", "j"), new() { Prompt = "x", Size = size, N = 2, NegativePrompt = " " }, [model], DateTimeOffset.UnixEpoch);

        Assert.Equal(expected, job.Parameters.Size);
        Assert.Equal((3.5, 0.95, 40, 0.9), (job.Parameters.GuidanceScale, job.Parameters.Temperature, job.Parameters.TopK, job.Parameters.TopP));
        Assert.Null(job.Parameters.NegativePrompt);
        Assert.Equal(2, job.Images.Length);
    }

    [Fact]
    public void NewId_LaterIsGreater_AndValid()
    {
        FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(60));
        string first = JobKey.NewId(time);
        time.Advance(TimeSpan.FromMilliseconds(1));
        string second = JobKey.NewId(time);

        Assert.True(string.CompareOrdinal(first, second) < 0);
        Assert.Equal(new JobKey("t", first), JobKey.Parse($"t/{first}"));
    }

    [Theory]
    [InlineData("no-slash")]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("A/x")]
    [InlineData("a/")]
    public void Parse_NoJobKey_IsRefused(string text) => Assert.Throws<FormatException>(() => JobKey.Parse(text));
}
