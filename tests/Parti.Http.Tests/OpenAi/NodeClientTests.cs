using System.Diagnostics;
using System.Text.Json;
using Parti.Http.Tests.Docs;
using Parti.Inference;
using Parti.Inference.Imaging;

namespace Parti.Http.Tests.OpenAi;

/// <summary>The official npm client, unmodified, against the real server; eng/test.sh installs it. All scenarios run in one process.</summary>
public sealed class NodeClientTests(NodeClient node) : IClassFixture<NodeClient>
{
    [Fact]
    public void Generate_Webp_HasEveryField()
    {
        JsonElement value = node.Value("bytes");

        Assert.Equal(["256x256", "webp", "opaque"], [Text(value, "size"), Text(value, "format"), Text(value, "background")]);
        Assert.StartsWith("UklGR", Text(value, "start"), StringComparison.Ordinal);
        Assert.StartsWith("req_", Text(value, "request"), StringComparison.Ordinal);
        Assert.True(value.GetProperty("seed").GetInt64() >= 0);
        Assert.True(value.GetProperty("created").GetInt64() > 1_700_000_000);
        JsonElement usage = value.GetProperty("usage");
        Assert.Equal(64, usage.GetProperty("output_tokens").GetInt32());
        Assert.Equal(usage.GetProperty("total_tokens").GetInt32(), usage.GetProperty("input_tokens").GetInt32() + 64);
    }

    [Fact]
    public void Generate_Url_LeadsToThePicture()
    {
        JsonElement value = node.Value("url");

        Assert.Equal(200, value.GetProperty("status").GetInt32());
        Assert.Equal("image/png", Text(value, "type"));
        Assert.True(value.GetProperty("bytes").GetInt32() > 1000);
    }

    [Fact]
    public void Generate_Four_AreFourPictures() => Assert.Equal(4, node.Value("four").GetProperty("distinct").GetInt32());

    [Fact]
    public void Edit_Mask_LeavesTheRestByteForByte()
    {
        JsonElement value = node.Value("edit");

        Picture result = PictureDecoder.Decode(value.GetProperty("b64").GetBytesFromBase64());
        for (int y = 0; y < 256; y++)
        {
            Range right = (3 * ((256 * y) + 128))..(3 * 256 * (y + 1));
            Assert.True(NodeClient.Original.Rgb.AsSpan(right).SequenceEqual(result.Rgb.AsSpan(right)), $"Row {y} changed outside the mask.");
        }

        Assert.Equal(64, value.GetProperty("usage").GetProperty("input_tokens_details").GetProperty("image_tokens").GetInt32());
    }

    [Fact]
    public void CreateVariation_Two_AreTwoPictures() => Assert.Equal(2, node.Value("variation").GetProperty("distinct").GetInt32());

    [Fact]
    public void Stream_ThreePartials_ComeInOrderBeforeThePicture()
    {
        JsonElement value = node.Value("stream");

        Assert.Equal("""["image_generation.partial_image","image_generation.partial_image","image_generation.partial_image","image_generation.completed"]""", value.GetProperty("types").GetRawText());
        Assert.Equal("[0,1,2,null]", value.GetProperty("indexes").GetRawText());
        Assert.Equal(1, value.GetProperty("jobs").GetInt32());
        Assert.StartsWith("iVBORw0KGgo", Text(value, "start"), StringComparison.Ordinal);
        Assert.Equal(64, value.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public void EditStream_Events_HaveTheEditsNames() =>
        Assert.Equal("""["image_edit.partial_image","image_edit.completed"]""", node.Value("editStream").GetProperty("types").GetRawText());

    [Fact]
    public void Models_Served_AreListed()
    {
        Assert.Equal("""["demo","emoji"]""", node.Value("models").GetProperty("ids").GetRawText());
        Assert.Equal("model", Text(node.Value("models"), "one"));
    }

    [Theory]
    [InlineData("bad", "BadRequestError", 400, "invalid_value", "size", "invalid_request_error")]
    [InlineData("unauthorized", "AuthenticationError", 401, "invalid_api_key", null, "authentication_error")]
    [InlineData("missing", "NotFoundError", 404, "model_not_found", "model", "invalid_request_error")]
    [InlineData("limited", "RateLimitError", 429, "rate_limit_exceeded", null, "rate_limit_error")]
    public void Error_Status_IsTheClientsClass(string scenario, string name, int status, string code, string? param, string type)
    {
        JsonElement value = node.Value(scenario);

        Assert.Equal([name, code, param, type], [Text(value, "class"), Text(value, "code"), Text(value, "param"), Text(value, "type")]);
        Assert.Equal(status, value.GetProperty("status").GetInt32());
        Assert.StartsWith("req_", Text(value, "request"), StringComparison.Ordinal);
    }

    [Fact]
    public void Retry_TooManyAtOnce_SucceedsWhenThereIsRoom()
    {
        JsonElement value = node.Value("retried");

        Assert.StartsWith("""[[429,"1000","0"],""", value.GetProperty("seen").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(1, value.GetProperty("pictures").GetInt32());
    }

    private static string? Text(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;
}

/// <summary>Runs the scenarios once.</summary>
public sealed class NodeClient : IAsyncLifetime
{
    private readonly DemoServer _server = new();
    private readonly string _files = Directory.CreateTempSubdirectory("parti-node-").FullName;
    private Dictionary<string, JsonElement>? _results;

    internal static Picture Original { get; } = Pictures.Noise(256, 256);

    public async ValueTask InitializeAsync()
    {
        string folder = Path.Combine(Document.Root, "artifacts", "openai-node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "openai")))
        {
            return;
        }

        await _server.InitializeAsync();
        _results = await RunAsync(folder);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_files, recursive: true);
        return _server.DisposeAsync();
    }

    /// <summary>What a scenario printed; skips where the client could not be had.</summary>
    internal JsonElement Value(string scenario)
    {
        Assert.SkipWhen(_results is null, "The npm client openai is not in artifacts/openai-node; eng/test.sh installs it where npm can be had.");
        JsonElement result = _results![scenario];
        return result.TryGetProperty("value", out JsonElement value) ? value : throw new InvalidOperationException(result.GetProperty("error").GetString());
    }

    private async Task<Dictionary<string, JsonElement>> RunAsync(string folder)
    {
        ProcessStartInfo start = new("node", [Path.Combine(Document.Root, "tests", "Parti.Http.Tests", "OpenAi", "node", "client.mjs")]) { RedirectStandardOutput = true };
        start.Environment["OPENAI_NODE"] = folder;
        start.Environment["PARTI_URL"] = _server.Url.AbsoluteUri;
        start.Environment["PARTI_KEY"] = DemoServer.Key;
        start.Environment["PARTI_SLOW_KEY"] = DemoServer.SlowKey;
        start.Environment["PARTI_SINGLE_KEY"] = DemoServer.SingleKey;
        start.Environment["PARTI_IMAGE"] = Save(PictureEncoder.Encode(Original, PictureFormat.Png), "image.png");
        start.Environment["PARTI_MASK"] = Save(Pictures.LeftHalfMask(256), "mask.png");
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(result => result.GetProperty("name").GetString()!);
    }

    private string Save(byte[] bytes, string name)
    {
        string path = Path.Combine(_files, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
