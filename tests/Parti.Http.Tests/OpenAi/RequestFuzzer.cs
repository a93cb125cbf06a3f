using System.Buffers.Binary;
using System.Net.Http.Headers;
using System.Text;

namespace Parti.Http.Tests.OpenAi;

/// <summary>Makes bodies each of which is wrong somewhere. A function of its source of random numbers.</summary>
/// <param name="random">The source.</param>
/// <param name="withPictures">Whether the route reads pictures.</param>
internal sealed class RequestFuzzer(Random random, bool withPictures)
{
    private static readonly string[] Names =
        ["prompt", "n", "size", "seed", "stream", "partial_images", "response_format", "output_format", "output_compression", "background", "temperature", "top_k", "top_p",
         "guidance_scale", "negative_prompt", "priority", "best_of", "model", "quality", "style", "moderation", "user"];

    private static readonly string[] NeverRight =
        ["[]", "{}", "[[1]]", "{\"a\":{\"b\":1}}", "[null]", "[\"256x256\"]"];

    private static readonly byte[] Small = Pictures.Png(8, 8);

    /// <summary>One body, and what is wrong with it.</summary>
    internal (string Case, HttpContent Content) Next() => random.Next(withPictures ? 12 : 6) switch
    {
        0 => ("wrong type", Json($"{{\"prompt\":\"x\",{Picture()}\"{Pick(Names)}\":{Pick(NeverRight)}}}")),
        1 => ("number", Json($"{{\"prompt\":\"x\",{Picture()}\"{Pick("n", "seed", "temperature", "top_k", "top_p", "guidance_scale", "partial_images", "output_compression", "best_of")}\":{Number()}}}")),
        2 => ("deep", Json(new string('[', random.Next(17, 20_000)))),
        3 => ("not UTF-8", Raw([.. "{\"prompt\":\""u8, 0xC3, 0x28, (byte)random.Next(0x80, 0xC0), .. "\"}"u8], "application/json")),
        4 => ("cut off", Cut()),
        5 => ("noise", Raw(Bytes(random.Next(0, 3000)), Pick("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "application/json; charset=utf-7", "a/b"))),
        6 => ("form cut off", CutForm()),
        7 => ("picture bomb", Form(Bomb())),
        8 => ("damaged picture", Form(Damaged())),
        9 => ("form field", Form(Small, (Pick("n", "seed", "temperature", "stream", "size"), Pick("", "x", "-1", "1e999", "NaN", "99999999999999999999999999999999", "0x10", "\0") + "?"))),
        10 => ("field flood", Flood()),
        _ => ("URL", Json($"{{\"prompt\":\"x\",\"image\":\"{Pick("http://127.0.0.1/x.png", "file:///etc/passwd", "data:image/png;base64,", "data:image/png;base64,####", "data:,x", "\\ud800")}\"}}")),
    };

    // Valid on its own, so that only the other field is wrong.
    private string Picture() => withPictures ? $"\"image\":\"data:image/png;base64,{Convert.ToBase64String(Small)}\"," : string.Empty;

    private string Number() => Pick("-1", "1e999", "-1e999", "99999999999999999999999999999999999", "-9223372036854775809", "1e-400x", "-0.5", "1.5e308e", "NaN", "\"1\"", "true");

    private HttpContent Cut()
    {
        byte[] whole = Encoding.UTF8.GetBytes($"{{\"prompt\":\"a {new string('x', random.Next(50))}\",\"n\":1,\"size\":\"256x256\"}}");
        return Raw(whole[..random.Next(0, whole.Length)], "application/json");
    }

    private HttpContent CutForm()
    {
        string whole = "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--\r\n";
        byte[] bytes = Encoding.UTF8.GetBytes(whole[..random.Next(0, whole.Length - 6)]);
        return Raw(bytes, random.Next(4) == 0 ? $"multipart/form-data; boundary={new string('b', random.Next(60, 400))}" : "multipart/form-data; boundary=b");
    }

    private HttpContent Flood()
    {
        MultipartFormDataContent form = [];
        for (int i = 0; i < random.Next(65, 200); i++)
        {
            form.Add(new StringContent("x"), $"f{i}");
        }

        return form;
    }

    private static HttpContent Form(byte[] image, params (string Name, string Value)[] fields)
    {
        MultipartFormDataContent form = [];
        form.Add(new StringContent("x"), "prompt");
        form.Add(new ByteArrayContent(image), "image", "../../image.png");
        foreach ((string name, string value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        return form;
    }

    /// <summary>A small file that says it is enormous.</summary>
    private byte[] Bomb()
    {
        (uint width, uint height) = random.Next(5) switch
        {
            0 => (1u, 1_000_000u),
            1 => (60_000u, 60_000u),
            2 => (uint.MaxValue, uint.MaxValue),
            3 => (0u, 5u),
            _ => ((uint)random.Next(8193, int.MaxValue), (uint)random.Next(1, int.MaxValue)),
        };
        if (random.Next(3) == 0)
        {
            return [0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xFF, 0xFF, (byte)random.Next(256), 3, .. Bytes(40)];
        }

        byte[] png = [.. Small];
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(20), height);
        return png;
    }

    /// <summary>A picture that was whole: its end is missing, or its data are not what they were.</summary>
    private byte[] Damaged()
    {
        byte[] png = Pictures.Png(16, 16, random.Next(1000));
        if (random.Next(2) == 0)
        {
            return png[..random.Next(0, png.Length - 200)];
        }

        // The first data chunk's type begins a few bytes after the header: spoil the compressed stream's own header.
        int data = png.AsSpan().IndexOf("IDAT"u8);
        Bytes(40).CopyTo(png.AsSpan(data + 4));
        png[data + 4] = 0xFF;
        return png;
    }

    private static HttpContent Json(string text) => Raw(Encoding.UTF8.GetBytes(text), "application/json");

    private static HttpContent Raw(byte[] bytes, string type)
    {
        ByteArrayContent content = new(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private string Pick(params string[] values) => values[random.Next(values.Length)];
}
