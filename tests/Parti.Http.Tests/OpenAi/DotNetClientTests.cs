using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Images;
using OpenAI.Models;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Http.Tests.OpenAi;

/// <summary>The official .NET client, unmodified, against the real server.</summary>
public sealed class DotNetClientTests(DemoServer server) : IClassFixture<DemoServer>
{
    private const string Prompt = "a red circle";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GenerateImage_Bytes_IsAPicture()
    {
        GeneratedImage image = await Images().GenerateImageAsync(Prompt, new() { Size = GeneratedImageSize.W256xH256, ResponseFormat = GeneratedImageFormat.Bytes }, Token);

        Picture picture = PictureDecoder.Decode(image.ImageBytes.ToArray());
        Assert.Equal((256, 256), (picture.Width, picture.Height));
        Assert.NotNull(PngText.Read(image.ImageBytes.ToArray(), "parameters"));
    }

    [Fact]
    public async Task GenerateImage_Link_IsServedWithoutAKey()
    {
        GeneratedImage image = await Images().GenerateImageAsync(Prompt, new() { ResponseFormat = GeneratedImageFormat.Uri }, Token);

        using HttpClient anyone = new();
        byte[] bytes = await anyone.GetByteArrayAsync(image.ImageUri, Token);
        Assert.Equal(256, PictureDecoder.Decode(bytes).Width);
        using HttpResponseMessage forged = await anyone.GetAsync(image.ImageUri.AbsoluteUri.Replace("/0?", "/1?", StringComparison.Ordinal), Token);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, forged.StatusCode);
    }

    [Fact]
    public async Task GenerateImages_Four_AreFourPicturesAndCountTheirTokens()
    {
        GeneratedImageCollection images = await Images().GenerateImagesAsync(Prompt, 4, new() { Size = new GeneratedImageSize(64, 64), EndUserId = "u" }, Token);

        Assert.Equal(4, images.Count);
        Assert.Equal(4, images.Select(image => Convert.ToHexString(image.ImageBytes.ToMemory().Span)).Distinct().Count());
        Assert.Equal(4 * 64, images.Usage.OutputTokenCount);
        Assert.InRange(images.Usage.InputTokenCount, 2, 31);
        Assert.Equal(images.Usage.InputTokenCount, images.Usage.InputTokenDetails.TextTokenCount);
        Assert.InRange(images.CreatedAt, DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.MaxValue);
    }

    [Fact]
    public async Task GenerateImageEdit_Mask_LeavesTheRestByteForByte()
    {
        Picture original = Pictures.Noise(256, 256);
        using MemoryStream image = new(PictureEncoder.Encode(original, PictureFormat.Png));
        using MemoryStream mask = new(Pictures.LeftHalfMask(256));

        GeneratedImage edited = await Images().GenerateImageEditAsync(image, "image.png", "a blue square", mask, "mask.png", new() { Size = GeneratedImageSize.W256xH256 }, Token);

        Picture result = PictureDecoder.Decode(edited.ImageBytes.ToArray());
        for (int y = 0; y < 256; y++)
        {
            Range right = (3 * ((256 * y) + 128))..(3 * 256 * (y + 1));
            Assert.True(original.Rgb.AsSpan(right).SequenceEqual(result.Rgb.AsSpan(right)), $"Row {y} changed outside the mask.");
        }

        Assert.NotEqual(original.Rgb, result.Rgb);
    }

    [Fact]
    public async Task GenerateImageVariations_Picture_AreOtherPictures()
    {
        using MemoryStream image = new(Pictures.Png(100, 140));

        GeneratedImageCollection images = await Images().GenerateImageVariationsAsync(image, "image.png", 2, new() { ResponseFormat = GeneratedImageFormat.Bytes }, Token);

        Assert.Equal(2, images.Select(image => Convert.ToHexString(image.ImageBytes.ToMemory().Span)).Distinct().Count());
        Assert.Equal(64, images.Usage.InputTokenDetails.ImageTokenCount);
    }

    [Fact]
    public async Task GetModels_Served_AreListed()
    {
        OpenAIModelClient models = new(new ApiKeyCredential(DemoServer.Key), Options());

        OpenAIModelCollection all = await models.GetModelsAsync(Token);

        Assert.Equal(["demo", "emoji"], all.Select(model => model.Id).Order(StringComparer.Ordinal));
        Assert.Equal("demo", (await models.GetModelAsync("demo", Token)).Value.Id);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    public async Task GenerateImage_Error_IsTheClientsException(int status)
    {
        ImageClient client = status switch
        {
            401 => Images(key: "parti_unknown"),
            404 => Images(model: "dall-e-3"),
            429 => Images(key: DemoServer.SlowKey),
            _ => Images(),
        };

        // The first call of the slow key is its only one; that it may not submit is told first.
        if (status == 429)
        {
            Assert.Equal(403, (await Assert.ThrowsAsync<ClientResultException>(() => client.GenerateImageAsync(Prompt, cancellationToken: Token))).Status);
        }

        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GenerateImageAsync(Prompt, new() { Size = status == 400 ? GeneratedImageSize.W1792xH1024 : null }, Token));

        Assert.Equal(status, error.Status);
        if (status == 400)
        {
            Assert.Contains("64x64, 256x256", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task GenerateImage_TooManyAtOnce_IsRetriedByTheClient()
    {
        using HttpClient single = server.Client(DemoServer.SingleKey);
        using StringContent body = new("""{"prompt":"a red circle","n":64,"stream":true}""", null, "application/json");
        using HttpRequestMessage held = new(HttpMethod.Post, "/v1/images/generations") { Content = body };
        HttpResponseMessage stream = await single.SendAsync(held, HttpCompletionOption.ResponseHeadersRead, Token);
        CountingPolicy counter = new(stream.Dispose);
        OpenAIClientOptions options = Options(retries: 3);
        options.AddPolicy(counter, PipelinePosition.PerTry);

        GeneratedImage image = await new ImageClient("demo", new ApiKeyCredential(DemoServer.SingleKey), options).GenerateImageAsync(Prompt, cancellationToken: Token);

        Assert.NotEmpty(image.ImageBytes.ToArray());
        Assert.True(counter.Tries > 1);
    }

    private ImageClient Images(string? key = null, string model = "demo") => new(model, new ApiKeyCredential(key ?? DemoServer.Key), Options());

    private OpenAIClientOptions Options(int retries = 0) => new() { Endpoint = new Uri(server.Url, "/v1"), RetryPolicy = new ClientRetryPolicy(retries) };

    /// <summary>Counts tries and acts once after the first one.</summary>
    private sealed class CountingPolicy(Action afterFirst) : PipelinePolicy
    {
        internal int Tries { get; private set; }

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) => ProcessNext(message, pipeline, currentIndex);

        public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            await ProcessNextAsync(message, pipeline, currentIndex);
            if (++Tries == 1)
            {
                afterFirst();
            }
        }
    }
}
