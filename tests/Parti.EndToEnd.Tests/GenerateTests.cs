using System.Text.Json.Nodes;
using Parti.Inference;
using Parti.Silo;

namespace Parti.EndToEnd.Tests;

public sealed class GenerateTests : IDisposable
{
    private readonly CommandLine _parti = new();

    public void Dispose() => _parti.Dispose();

    [Fact]
    public async Task Generate_Json_IsOneObjectAJobWithItsFiles()
    {
        (int code, string output, string error) = await _parti.GenerateAsync("a red circle", "a blue square", "-n", "2", "--seed", "7", "--json");

        Assert.Equal("", error);
        Assert.Equal(0, code);
        JsonNode[] jobs = [.. output.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(["a blue square", "a red circle"], jobs.Select(job => job["prompt"]!.GetValue<string>()).Order());
        foreach (JsonNode? image in jobs.SelectMany(job => job["images"]!.AsArray()))
        {
            byte[] file = await File.ReadAllBytesAsync(image!["file"]!.GetValue<string>(), TestContext.Current.CancellationToken);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], file.Take(4));
            Assert.Equal(7, image["seed"]!.GetValue<int>());
        }

        Assert.Equal(4, Directory.GetFiles(Path.Combine(_parti.Folder, "out")).Length);
    }

    [Fact]
    public async Task Generate_Pipe_PrintsPathSeedAndTimes()
    {
        (int code, string output, _) = await _parti.GenerateAsync("a red circle", "--seed", "11");

        Assert.Equal(0, code);
        string path = Assert.Single(Directory.GetFiles(Path.Combine(_parti.Folder, "out")));
        Assert.Contains($"{path}  seed 11", output, StringComparison.Ordinal);
        Assert.Contains("sample ", output, StringComparison.Ordinal);
        Assert.Contains("total ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_PromptWithADash_FollowsTwoDashes()
    {
        (int code, _, string error) = await _parti.GenerateAsync("--", "-5 degrees and snow");

        Assert.Equal("", error);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Generate_PromptTooLong_WarnsOfTheTokensDropped()
    {
        string prompt = "a  picture\nof " + string.Join(' ', Enumerable.Repeat("red", 40));
        int words = prompt.Split(' ').Length;

        (int code, string output, string error) = await _parti.GenerateAsync(prompt, "a red circle", "--json");

        Assert.Equal(0, code);
        string line = Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith($"Warning: {words - 31} tokens of the prompt were dropped, as demo reads at most 31; shorten \"a  picture of red", line, StringComparison.Ordinal);
        JsonNode[] jobs = [.. output.TrimEnd('\n').Split('\n').Select(job => JsonNode.Parse(job)!)];
        Assert.Equal([null, words - 31], jobs.Select(job => job["dropped_tokens"]?.GetValue<int>()).Order());
    }

    [Fact]
    public async Task Generate_Canceled_CancelsTheJobToo()
    {
        using CancellationTokenSource interrupt = new();
        _parti.Engine.Halfway = interrupt.Cancel;

        (int code, _, string error) = await _parti.GenerateUntilAsync(interrupt.Token, "a red circle");
        (_, string jobs, _) = await _parti.RunAsync("jobs", "list");

        Assert.Equal(130, code);
        Assert.Equal("Canceled.", error.TrimEnd());
        Assert.Contains("canceled", jobs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_DamagedModel_FailsInOneLineAndOtherJobsGoOn()
    {
        (int code, string output, string error) = await _parti.GenerateAsync("fail", "a red circle");

        Assert.Equal(1, code);
        Assert.Contains("transformer.safetensors", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Contains("seed ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_StateFolderInUse_SaysSo()
    {
        using StateFolder held = StateFolder.Take(_parti.State);

        (int code, _, string error) = await _parti.GenerateAsync("a red circle");

        Assert.Equal(1, code);
        Assert.Contains("in use by another process", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_EngineCannotStart_FailsInItsWordsAndFreesTheStateFolder()
    {
        _parti.StartFailure = new EngineRequestException("model_unavailable", "The device is gone.");

        (int code, _, string error) = await _parti.GenerateAsync("a red circle");
        _parti.StartFailure = null;
        (int next, _, _) = await _parti.GenerateAsync("a red circle");

        Assert.Equal((1, 0), (code, next));
        Assert.Equal("The device is gone.", error.TrimEnd());
    }

    [Theory]
    [InlineData("--model", "nope")]
    [InlineData("--size", "512")]
    public async Task Generate_WhatTheModelCannot_IsAUsageError(string option, string value)
    {
        (int code, _, string error) = await _parti.GenerateAsync("a red circle", option, value);

        Assert.Equal(2, code);
        Assert.Contains(option, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ChangedFile_IsNamed()
    {
        string model = ModelSample.Create(Path.Combine(_parti.Models, "demo")).DirectoryPath;
        await File.AppendAllTextAsync(Path.Combine(model, "transformer.safetensors"), "x", TestContext.Current.CancellationToken);

        (int code, _, string error) = await _parti.RunAsync("models", "verify", "--model-path", _parti.Models);

        Assert.Equal(1, code);
        Assert.Contains("transformer.safetensors", error, StringComparison.Ordinal);
    }
}
