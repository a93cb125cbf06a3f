using System.Security.Cryptography;
using Parti.Abstractions;
using Parti.Client;
using Parti.Grains.Storage;
using Parti.Grains.Workers;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Grains.Tests.Cluster;

public sealed class EditTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestCluster _cluster = shared.Cluster;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Edit_Mask_DrawsOnlyUnderIt()
    {
        MaskedPicture source = Source(TestEngine.LargeSize, (x, y) => x < 4 && y < 6);
        (JobHandle job, GenerationResult result) = await EditAsync("edited", source, masked: true);

        byte[] pixels = result.Images[0].Bytes.Span[^source.Picture.Rgb.Length..].ToArray();
        int redrawn = 0;
        for (int i = 0; i < source.Mask.Length; i++)
        {
            bool same = pixels.AsSpan(3 * i, 3).SequenceEqual(source.Picture.Rgb.AsSpan(3 * i, 3));
            Assert.True(same || source.Mask[i], $"Pixel {i} is outside the mask and changed.");
            redrawn += same ? 0 : 1;
        }

        Assert.InRange(redrawn, 12, 24);
        SampleRequest request = Assert.Single(_cluster.Engine.Requests, request => new string([.. request.Conditioning.States.Select(state => (char)state)]) == "edited");
        int[] open = [.. request.ForcedTokens.Index().Where(token => token.Item == SampleRequest.Open).Select(token => token.Index)];
        Assert.Equal([0, 1, 8, 9, 16, 17], open);
        Assert.Equal(6, (await job.DescribeAsync(Token)).PromptTokens);
    }

    [Fact]
    public async Task Edit_NoMaskAndNoPrompt_DrawsAShareOfTheTokens()
    {
        MaskedPicture source = Source(TestEngine.LargeSize, (_, _) => false);
        (_, GenerationResult result) = await EditAsync("", source, masked: false);

        SampleRequest request = Assert.Single(_cluster.Engine.Requests, request => request.Conditioning.Tokens == 0);
        Assert.InRange(request.ForcedTokens.Count(token => token == SampleRequest.Open), 20, 44);
        Assert.Equal(JobState.Succeeded, result.Job.State);
    }

    [Fact]
    public async Task Delete_EditedJob_TakesItsSource()
    {
        (JobHandle job, _) = await EditAsync("gone", Source(TestEngine.LargeSize, (_, _) => true), masked: true);
        string sha256 = Sha256(Source(TestEngine.LargeSize, (_, _) => true).ToFile());
        string path = ResultPaths.Source(new(JobKey.DefaultTenant, job.Id), sha256);
        Assert.NotNull(await _cluster.Results.ReadAsync(path, Token));

        await job.DeleteAsync(Token);

        Assert.Null(await _cluster.Results.ReadAsync(path, Token));
    }

    [Fact]
    public async Task Edit_SourceMissing_FailsAndSaysSo()
    {
        JobHandle job = await _cluster.Client.SubmitAsync(
            new() { Prompt = "x", Source = new() { Sha256 = new('0', 64), Masked = true } }, cancellationToken: Token);

        JobFailedException failure = await Assert.ThrowsAsync<JobFailedException>(() => job.GetResultAsync(Token).WaitAsync(Patience, Token));

        Assert.Equal("source_missing", failure.Code);
    }

    [Theory]
    [InlineData("../../etc/passwd", 1)]
    [InlineData("", 0)]
    public async Task Submit_SourceThatIsNone_IsRefused(string sha256, double strength)
    {
        GenerationRequest request = new() { Prompt = "", Source = new() { Sha256 = sha256, Masked = false, Strength = strength }, OutputCompression = 101 };

        InvalidRequestException error = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Client.SubmitAsync(request, cancellationToken: Token));

        Assert.Equal(strength > 0 ? ["output_compression", "image"] : ["output_compression", "image", "strength"], error.Problems.Select(problem => problem.Parameter));
    }

    [Fact]
    public void GivenTokens_OtherImage_OpensOtherPositions()
    {
        int[] tokens = [.. Enumerable.Range(0, 1024)];
        SourcePicture source = new() { Sha256 = "", Masked = false, Strength = 0.25 };

        IReadOnlyList<int> first = GivenTokens.Of(tokens, source, 5, 0), again = GivenTokens.Of(tokens, source, 5, 0), second = GivenTokens.Of(tokens, source, 5, 1);

        Assert.Equal(first, again);
        Assert.NotEqual(first, second);
        Assert.InRange(first.Count(token => token == SampleRequest.Open), 200, 312);
        Assert.All(first.Index(), token => Assert.True(token.Item == SampleRequest.Open || token.Item == token.Index));
    }

    private async Task<(JobHandle Job, GenerationResult Result)> EditAsync(string prompt, MaskedPicture source, bool masked)
    {
        string id = JobKey.NewId(TimeProvider.System);
        byte[] file = source.ToFile();
        await _cluster.Results.PutAsync(ResultPaths.Source(new(JobKey.DefaultTenant, id), Sha256(file)), file, Token);
        GenerationRequest request = new()
        {
            Prompt = prompt,
            Seed = 3,
            Size = $"{TestEngine.LargeSize}",
            Source = new() { Sha256 = Sha256(file), Masked = masked, Strength = masked ? 1 : 0.5 },
        };
        JobHandle job = await _cluster.Client.SubmitAsync(request, id, Token);
        return (job, await job.GetResultAsync(Token).WaitAsync(Patience, Token));
    }

    private static MaskedPicture Source(int edge, Func<int, int, bool> masked)
    {
        byte[] rgb = [.. Enumerable.Range(0, 3 * edge * edge).Select(i => (byte)(i * 7))];
        bool[] mask = [.. Enumerable.Range(0, edge * edge).Select(i => masked(i % edge, i / edge))];
        return new(new(edge, edge, rgb), mask);
    }

    private static string Sha256(byte[] file) => Convert.ToHexStringLower(SHA256.HashData(file));
}
